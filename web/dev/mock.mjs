// The offline fixture: answers /api/v1 as docs say the real program does, over a made-up plant, and serves
// dist/ with the real program's headers. For `npm run dev` and the browser tests without a real Gemba.
//   node dev/mock.mjs [--port 8799] [--extra SIGNALS] [--empty] [--setup] [--no-auth]

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeApi } from './api.mjs';
import { serveStream } from './stream.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function serveFile(request, response) {
  const wanted = normalize(new URL(request.url, 'http://x').pathname).replace(/^[/\\]+/, '');
  const path = join(DIST, wanted);
  const found = path.startsWith(DIST) && wanted && existsSync(path) && statSync(path).isFile();
  const file = found ? path : join(DIST, 'index.html');
  response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff' });
  createReadStream(file).pipe(response);
}

/** Starts the fixture; resolves to `{url, link, close}`. */
export function startMock({ port = 0, extra = 0, empty = false, setup = false, elsewhere = false, site = null, auth = true } = {}) {
  const api = makeApi({ extra, empty, setup, elsewhere, site, auth });
  const server = createServer((request, response) => {
    if (/^\/(api|auth|healthz|readyz|metrics)/.test(request.url)) void api.handle(request, response);
    else serveFile(request, response);
  });
  const stopStream = serveStream(server, api);
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${server.address().port}`;
      const close = () => new Promise((done) => { stopStream(); server.closeAllConnections(); server.close(done); });
      resolve({ url, link: `${url}/auth/once?key=dev`, close });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const has = (flag) => process.argv.includes(flag);
  const value = (flag, otherwise) => Number(process.argv[process.argv.indexOf(flag) + 1] * has(flag)) || otherwise;
  const mock = await startMock({ port: value('--port', 8799), extra: value('--extra', 0), empty: has('--empty'), setup: has('--setup'), auth: !has('--no-auth') });
  console.log(`offline fixture at ${mock.url}\nsign in once: ${mock.link}  (or dev / dev)`);
}
