import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** While developing: where Tandem runs. */
const target = process.env['TANDEM_ADDRESS'] ?? 'http://127.0.0.1:8420'
const toTandem = { target, ws: true, changeOrigin: true, headers: { origin: target } }

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // `budget.ts` reads it to know what the first load of a page is.
    manifest: true,
    // Fonts and icons as files: the content security policy has no `data:` scripts or styles.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': toTandem, '/sip': toTandem, '/carrier-sip': toTandem } },
})
