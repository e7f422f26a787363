/** Whether a client would rather have CSV than JSON: its Accept header names CSV, and with more weight than it gives to JSON. */
export function wantsCsv(accept: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => /^q=[01](\.\d{0,3})?$/.test(parameter))?.slice(2);
    weights.set(type, Number(weight ?? 1));
  }
  const csv = weights.get('text/csv') ?? weights.get('text/*') ?? 0;
  const json = weights.get('application/json') ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  return csv > json;
}
