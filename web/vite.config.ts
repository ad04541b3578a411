import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compression } from 'vite-plugin-compression2'

/** While developing: where Tandem runs. */
const target = process.env['TANDEM_ADDRESS'] ?? 'http://127.0.0.1:8420'
const toTandem = { target, ws: true, changeOrigin: true, headers: { origin: target } }

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    react(),
    tailwindcss(),
    // Once, at the build: the server then sends the file that fits the browser, and compresses nothing while calls run.
    compression({ algorithms: ['gzip', 'brotliCompress'], include: /\.(html|js|css|svg|json)$/, threshold: 500 }),
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Fonts and icons as files: the content security policy has no `data:` scripts or styles.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': toTandem, '/sip': toTandem, '/carrier-sip': toTandem } },
})
