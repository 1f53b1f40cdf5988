/** In the place of `string-width`, whose tables are larger than the page: only a tab asks for the width of a text here. */
// biome-ignore lint/style/noDefaultExport: as in the library
export default (text: string): number => text.length;
