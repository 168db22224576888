import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/**
 * The window's bundle. Everything in it must live under a content security policy without 'unsafe-inline':
 * no inlined assets, no module-preload polyfill (an inline script), fonts as files.
 */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
})
