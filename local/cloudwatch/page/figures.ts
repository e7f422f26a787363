const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const LARGE = ['', 'k', 'M', 'G'];

/** A number as a person reads it on an axis: three digits and the size of the rest. */
export function figure(value: number, unit: string): string {
  const isBytes = unit === 'bytes';
  const base = isBytes ? 1_024 : 1_000;
  const names = isBytes ? BYTE_UNITS : LARGE;
  let rest = Math.abs(value);
  let size = 0;
  while (rest >= base && size < names.length - 1) {
    rest /= base;
    size += 1;
  }
  const digits = rest === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : rest >= 0.1 ? 2 : 3;
  const text = Number(rest.toFixed(digits)).toString();
  return `${value < 0 ? '−' : ''}${text}${isBytes ? ` ${names[size]}` : names[size]}`;
}

/** The next number above that makes round steps of an axis. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((each) => each * magnitude >= value);
  return (step ?? 10) * magnitude;
}

export const clock = (timestamp: number): string => new Date(timestamp).toISOString().slice(11, 16);

export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
