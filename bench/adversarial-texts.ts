/** Texts that a careless pattern would take the square of their length for, by what each one tries. */
const repeated: Readonly<
  Record<string, { readonly before?: string; readonly part: string; readonly after?: string }>
> = {
  'addresses without a host': { part: 'a@' },
  'addresses without a name': { part: '@' },
  'one endless host': { before: 'a@', part: 'a.', after: '1' },
  'addresses in a row': { part: 'a@b.co' },
  'one number': { part: '4' },
  'numbers of one digit': { part: '4 ' },
  'groups of a card': { part: '4111 ' },
  'cards in a row': { part: '4111111111111111,' },
  'separators between two digits': { before: '4', part: ' ', after: '4' },
  'beginnings of account numbers': { part: 'DE89 ' },
  'one endless account number': { part: 'DE893704' },
  'beginnings of credentials': { part: 'eyJ.' },
  'one endless credential': { before: 'xoxb', part: '-a' },
  'dots at the end of a word': { before: 'a', part: '.', after: 'a' },
  'schemes in a row': { part: 'Bearer ' },
  'a scheme and blanks': { before: 'Bearer', part: ' ' },
  'one endless name': { part: 'aB', after: '=1' },
  'names without values': { part: 'token=' },
  'secrets in a row': { part: 'token=a&' },
  'queries in a value': { part: 'token=?a=?' },
  'members of an object': { part: '"pin":"1",' },
  'a value that never ends': { before: '"pin":"', part: 'a' },
  'a value of escapes': { before: '"pin":"', part: '\\"' },
  'quotation marks': { part: '"' },
  'escapes of escapes': { before: '%', part: '25' },
  'escaped addresses': { part: '%2540' },
  'users without a host': { part: '//a@' },
  'one endless user': { before: '://', part: 'a:', after: '@h' },
  'cards by name': { part: 'pan=' },
  'cards by name and queries': { part: 'pan=?a=' },
  'numbers by name': { part: 'ssn=' },
  'names of cards, escaped': { part: '%2525pan%3D' },
  'endings of files': { before: 'a@x', part: '.png' },
  'letters of other alphabets': { part: 'é@é.' },
};

export const adversarialShapes = Object.keys(repeated);

/** A text of a shape that takes so many bytes as JSON. */
export function adversarialText(shape: string, bytes: number): string {
  const { before = '', part = '', after = '' } = repeated[shape] ?? {};
  const sizeOf = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - '""'.length;
  return before + part.repeat(Math.floor((bytes - sizeOf(before + after)) / sizeOf(part))) + after;
}
