/**
 * What XML cannot contain or HTML forbids: control characters except tab and line breaks, U+FFFE, U+FFFF and lone
 * surrogates. The API refuses texts with any of them.
 */
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff\p{Surrogate}]/gu;

/** Return `text` without these: they are pasted from other programs, and nobody sees them. */
export const plainText = (text: string) => text.replace(CONTROL_CHARACTERS, '');
