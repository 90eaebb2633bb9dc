import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `npm run dev` proxies the API to GEMBA_URL (a real program or dev/mock.mjs).
const target = process.env.GEMBA_URL ?? 'http://127.0.0.1:8799';
const proxied = Object.fromEntries(
  ['/api', '/auth', '/healthz', '/readyz', '/metrics'].map((path) => [path, { target, ws: true }]),
);

export default defineConfig({
  plugins: [svelte()],
  resolve: { alias: { $lib: new URL('./src/lib', import.meta.url).pathname } },
  server: { proxy: proxied },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the CSP forbids data: scripts and styles
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 300,
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
