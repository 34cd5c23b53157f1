/** The width that a text may need: when the page is made, there is no browser, and its fonts are not known. */

/** Shares of the font size, of the widest sans-serif fonts that systems bring along (Verdana, DejaVu Sans). */
const SHARES: readonly (readonly [characters: RegExp, share: number])[] = [
  [/[ijlI'’|!]/, 0.32],
  [/[ .,:;/()[\]rtf-]/, 0.42],
  [/[mwMW%@…]/, 1],
  [/[A-Z$#&=<>+~×]/, 0.8],
  // Ideographs and what else is not Latin may be as wide as high.
  [/[^\u0020-\u024f]/, 1.05],
];

const shareOf = (character: string): number =>
  SHARES.find(([characters]) => characters.test(character))?.[1] ?? 0.64;

/**
 * In pixels, rather too wide than too narrow.
 *
 * @param size of the font, in pixels.
 */
export const widthOf = (text: string, size: number, isBold = false): number =>
  [...text].reduce((sum, character) => sum + shareOf(character), 0) * size * (isBold ? 1.13 : 1);
