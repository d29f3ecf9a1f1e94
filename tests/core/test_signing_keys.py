"""Keys are made once, kept from other users, found again, and published without their private half."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt import PyJWK

from service.core import signing_keys as keys_module
from service.core.signing_keys import (
    KeyDirectory,
    KeysUnusable,
    activate_key,
    create_key,
    ephemeral_key_ring,
    load_key_ring,
    thumbprint,
)


class TestThumbprint:
    def test_is_that_of_the_standard(self) -> None:
        """The key and thumbprint of RFC 8037, appendices A.2 and A.3."""
        key = Ed25519PublicKey.from_public_bytes(
            bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        )
        assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


class TestCreateKey:
    def test_keeps_the_key_from_others(self, tmp_path: Path) -> None:
        kid = create_key(tmp_path / "var" / "keys")
        file = tmp_path / "var" / "keys" / f"{kid}.pem"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    def test_keeps_it_from_others_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            kid = create_key(tmp_path)
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / f"{kid}.pem").stat().st_mode) == 0o600

    def test_leaves_nothing_but_the_key(self, tmp_path: Path) -> None:
        kid = create_key(tmp_path)
        assert [file.name for file in tmp_path.iterdir()] == [f"{kid}.pem"]

    def test_never_touches_what_is_there(self, tmp_path: Path) -> None:
        first = create_key(tmp_path)
        content = (tmp_path / f"{first}.pem").read_bytes()
        second = create_key(tmp_path)
        assert second != first
        assert (tmp_path / f"{first}.pem").read_bytes() == content


class TestLoadRing:
    def test_finds_the_key_again(self, tmp_path: Path) -> None:
        kid = create_key(tmp_path)
        ring = load_key_ring(tmp_path)
        assert ring.kid == kid
        ring.public_keys[kid].verify(ring.private_key.sign(b"text"), b"text")

    def test_signs_with_the_oldest_and_checks_with_all(self, tmp_path: Path) -> None:
        kids = [create_key(tmp_path) for _ in range(3)]
        for age, kid in enumerate(kids):
            os.utime(tmp_path / f"{kid}.pem", ns=(age, age))
        ring = load_key_ring(tmp_path)
        assert ring.kid == kids[0]
        assert ring.public_keys.keys() == set(kids)

    def test_knows_a_key_by_itself_not_by_its_name(self, tmp_path: Path) -> None:
        kid = create_key(tmp_path)
        (tmp_path / f"{kid}.pem").rename(tmp_path / "renamed.pem")
        assert load_key_ring(tmp_path).kid == kid

    def test_says_what_to_do_without_a_key(self, tmp_path: Path) -> None:
        with pytest.raises(KeysUnusable, match="flask keys create"):
            load_key_ring(tmp_path / "absent")

    def test_takes_no_other_kind_of_key(self, tmp_path: Path) -> None:
        pem = generate_private_key(65_537, 2048).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        (tmp_path / "rsa.pem").write_bytes(pem)
        with pytest.raises(KeysUnusable, match=r"rsa\.pem is not"):
            load_key_ring(tmp_path)

    def test_takes_no_damaged_key(self, tmp_path: Path) -> None:
        kid = create_key(tmp_path)
        file = tmp_path / f"{kid}.pem"
        file.write_bytes(file.read_bytes()[:60])
        with pytest.raises(KeysUnusable, match="is not an unencrypted"):
            load_key_ring(tmp_path)

    def test_takes_no_encrypted_key(self, tmp_path: Path) -> None:
        kid = create_key(tmp_path)
        file = tmp_path / f"{kid}.pem"
        key = load_pem_private_key(file.read_bytes(), None)
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))
        with pytest.raises(KeysUnusable, match="is not an unencrypted"):
            load_key_ring(tmp_path)


class TestUseKey:
    def test_changes_who_signs(self, tmp_path: Path) -> None:
        kids = {create_key(tmp_path), create_key(tmp_path)}
        other = (kids - {load_key_ring(tmp_path).kid}).pop()
        activate_key(tmp_path, other)
        assert load_key_ring(tmp_path).kid == other
        assert load_key_ring(tmp_path).public_keys.keys() == kids

    def test_can_be_changed_back(self, tmp_path: Path) -> None:
        kids = [create_key(tmp_path), create_key(tmp_path)]
        for kid in (*kids, kids[0]):
            activate_key(tmp_path, kid)
        assert load_key_ring(tmp_path).kid == kids[0]

    def test_refuses_a_key_that_is_not_there(self, tmp_path: Path) -> None:
        create_key(tmp_path)
        with pytest.raises(KeysUnusable, match="No key absent"):
            activate_key(tmp_path, "absent")

    def test_a_current_key_that_went_away_is_an_error(self, tmp_path: Path) -> None:
        """Signing silently with another would hide that half of the keys are lost."""
        kid = create_key(tmp_path)
        activate_key(tmp_path, kid)
        (tmp_path / f"{kid}.pem").unlink()
        create_key(tmp_path)
        with pytest.raises(KeysUnusable, match="no such key"):
            load_key_ring(tmp_path)


class TestKeyFolder:
    """Nothing is told to it: it sees what another process does in the folder."""

    def test_sees_a_new_key(self, tmp_path: Path) -> None:
        first = create_key(tmp_path)
        ring = KeyDirectory(tmp_path)
        second = create_key(tmp_path)
        assert (ring().kid, ring().public_keys.keys()) == (first, {first, second})

    def test_signs_with_the_key_that_is_to_be_used(self, tmp_path: Path) -> None:
        kids = [create_key(tmp_path), create_key(tmp_path)]
        ring = KeyDirectory(tmp_path)
        for kid in (*kids, *kids):
            activate_key(tmp_path, kid)
            assert ring().kid == kid

    def test_drops_a_key_that_was_taken_away(self, tmp_path: Path) -> None:
        kids = [create_key(tmp_path), create_key(tmp_path)]
        activate_key(tmp_path, kids[1])
        ring = KeyDirectory(tmp_path)
        (tmp_path / f"{kids[0]}.pem").unlink()
        assert ring().public_keys.keys() == {kids[1]}

    def test_needs_a_key_to_begin_with(self, tmp_path: Path) -> None:
        with pytest.raises(KeysUnusable):
            KeyDirectory(tmp_path)

    def test_reads_no_file_while_nothing_changes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create_key(tmp_path)
        long_ago = time.time() - 3600
        os.utime(tmp_path, (long_ago, long_ago))
        ring = KeyDirectory(tmp_path)
        known = ring()
        loads: list[Path] = []
        monkeypatch.setattr(
            keys_module, "load_key_ring", lambda folder: loads.append(folder) or load_key_ring(folder)
        )
        assert [ring() is known for _ in range(3)] == [True] * 3
        assert loads == []
        create_key(tmp_path)
        assert len(ring().public_keys) == 2
        assert len(loads) == 1

    def test_sees_two_changes_of_one_tick_of_the_clock(self, tmp_path: Path) -> None:
        kids = [create_key(tmp_path), create_key(tmp_path)]
        ring = KeyDirectory(tmp_path)
        tick_ns = time.time_ns()
        for kid in (*kids, *kids):
            activate_key(tmp_path, kid)
            os.utime(tmp_path, ns=(tick_ns, tick_ns))
            assert ring().kid == kid

    def test_keeps_what_it_has_while_the_folder_cannot_be_used(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = tmp_path / "keys"
        kid = create_key(folder)
        ring = KeyDirectory(folder)
        (folder / "other.pem").write_text("half a key")
        assert ring().kid == kid
        assert "other.pem is not" in "".join(capsys.readouterr())
        folder.rename(tmp_path / "elsewhere")
        assert [ring().kid for _ in range(3)] == [kid] * 3
        assert "".join(capsys.readouterr()).count("are unusable") == 1
        (tmp_path / "elsewhere" / "other.pem").unlink()
        (tmp_path / "elsewhere").rename(folder)
        second = create_key(folder)
        assert ring().public_keys.keys() == {kid, second}


class TestJwks:
    def test_publishes_the_signing_key_first_and_no_private_half(self, tmp_path: Path) -> None:
        kids = {create_key(tmp_path) for _ in range(3)}
        ring = load_key_ring(tmp_path)
        keys = ring.jwks()["keys"]
        assert keys[0]["kid"] == ring.kid
        assert {key["kid"] for key in keys} == kids
        for key in keys:
            assert key.keys() == {"kty", "crv", "x", "kid", "alg", "use"}

    def test_is_understood_by_another_library(self) -> None:
        ring = ephemeral_key_ring()
        (key,) = orjson.loads(orjson.dumps(ring.jwks()))["keys"]
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
        PyJWK(key).key.verify(ring.private_key.sign(b"text"), b"text")

    def test_is_the_same_each_time(self) -> None:
        ring = ephemeral_key_ring()
        assert ring.jwks() == ring.jwks()

    def test_two_rings_share_nothing(self) -> None:
        assert ephemeral_key_ring().public_keys.keys().isdisjoint(ephemeral_key_ring().public_keys)
