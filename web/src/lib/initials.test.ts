import { describe, expect, it } from 'vitest';
import { avatarHue, initials } from './initials';

describe('initials', () => {
  it.each([
    ['Nora Castellan', 'NC'],
    ['nora', 'N'],
    ['Jean-Luc de la Tour', 'JT'],
    ['  “Ada” Lovelace ', 'AL'],
    ['Émile Zola', 'ÉZ'],
    ['王小明', '王'],
    ['𝒳 y', '𝒳Y'],
    ['…', '?'],
  ])('%s: %s', (name, letters) => expect(initials(name)).toBe(letters));
});

describe('the hue of a user', () => {
  it('is the same however the username is written, and another for others', () => {
    expect(avatarHue('Nora')).toBe(avatarHue('nora'));
    expect(avatarHue('nora')).not.toBe(avatarHue('max'));
    expect(avatarHue('')).toBe(0);
  });
});
