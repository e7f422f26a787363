import { readFileSync } from 'node:fs';

/** Where the reference page's viewer is: beside the code in a Lambda's bundle, in the repository otherwise. */
const VIEWER_DIRECTORY = 'node_modules/swagger-ui-dist';

const viewer = new Map([
  ['swagger-ui-bundle.js', 'text/javascript'],
  ['swagger-ui.css', 'text/css'],
]);

/** The viewer's files that a bundle needs beside the code, relative to its root as to the repository's. */
export const viewerFiles: readonly string[] = [...viewer.keys()].map((name) => `${VIEWER_DIRECTORY}/${name}`);

const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
});
`;

export interface PageFile {
  readonly mediaType: string;
  readonly read: () => string;
}

/** The files of the reference page by name; no other file can be asked for. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ...[...viewer].map(([name, mediaType]): [string, PageFile] => [
    name,
    { mediaType, read: () => readFileSync(`${VIEWER_DIRECTORY}/${name}`, 'utf8') },
  ]),
  ['start.js', { mediaType: 'text/javascript', read: () => START }],
]);

/** The page that shows the API's description. Its links are relative, for an endpoint under a path of its own. */
export const referencePage = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>OneVault Site Tracking: API reference</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
  <div id="reference"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
`;

/** Everything comes from the endpoint itself; the viewer's icons are data addresses in its style sheet. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
