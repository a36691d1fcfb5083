/**
 * GraphiQL's library for dragging leaves the tabs shifted, and its own styles undo that only until a tab has the focus:
 * pressed, it would jump away from under the pointer, and the click would miss it.
 */
const STYLE = '.graphiql-tab { transform: none !important; }';

/** The page itself. It holds no script, so that its policy needs no exception for one. */
export function renderPage(folder: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Epicura GraphiQL</title>
    <link rel="icon" href="${folder}icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="${folder}graphiql.css">
    <style>${STYLE}</style>
    <script src="${folder}graphiql.js" defer></script>
    <script src="${folder}graphql-ws.js" defer></script>
    <script src="${folder}page.js" type="module"></script>
  </head>
  <body class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
  </body>
</html>
`;
}

/**
 * Everything comes from here and nothing is asked of another host. `'self'` in `connect-src` covers the WebSocket of
 * the same host too (https://www.w3.org/TR/CSP3/#match-url-to-source-expression). The editor writes style elements
 * and attributes while it runs, and brings its fonts and some pictures as data.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For the page and all that it loads: a worker is held to the policy of its own script's answer. */
export const POLICY = { 'content-security-policy': CONTENT_SECURITY_POLICY };
