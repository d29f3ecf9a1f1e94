"""An account's own data as a zip archive, written by a job; the archives are kept and deleted as those of `exports`."""
