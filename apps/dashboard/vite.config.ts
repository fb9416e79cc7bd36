import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

const COLLECTOR = 'http://127.0.0.1:4400';
const THEME_SCRIPT = new URL('./src/boot-theme.js', import.meta.url);

export default defineConfig({
  plugins: [svelte(), themeBeforeFirstPaint()],
  resolve: { conditions: ['@vedette/source', ...defaultClientConditions] },
  build: {
    target: 'es2023',
    // `default-src 'self'` refuses data: addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // Advice on build time, given on slow machines; nothing to act on.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    proxy: { '/api': { target: COLLECTOR, ws: true } },
  },
});

/**
 * Puts the theme script before the style sheets as a classic, render-blocking script, so that the page never paints in
 * the wrong theme. It is a file, because the page's Content-Security-Policy allows no inline script.
 */
function themeBeforeFirstPaint(): Plugin {
  let address = '/src/boot-theme.js';
  let building = false;
  return {
    name: 'vedette:theme-before-first-paint',
    configResolved(config) {
      building = config.command === 'build';
    },
    buildStart() {
      if (!building) return;
      const source = readFileSync(THEME_SCRIPT, 'utf8');
      const fileName = `assets/boot-theme-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.js`;
      address = `/${fileName}`;
      this.emitFile({ type: 'asset', fileName, source });
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: address }, injectTo: 'head' }],
  };
}
