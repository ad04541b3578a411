import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compression } from 'vite-plugin-compression2'

/** While developing: where Tandem runs. */
const target = process.env['TANDEM_ADDRESS'] ?? 'http://127.0.0.1:8420'
const toTandem = { target, ws: true, changeOrigin: true, headers: { origin: target } }

const LIBRARIES = [
  'react',
  'react-dom',
  'scheduler',
  'i18next',
  'react-i18next',
  '@tanstack',
  'zod',
  'clsx',
  'lucide-react',
]
const BASE_LIBRARY = new RegExp(`/node_modules/(${LIBRARIES.join('|')})/`)
/** Loaded when first needed, with the libraries that they bring. */
const LATER = /\/(sheet|opened-menu|table)\.tsx$/

const isBase = (id: string): boolean =>
  BASE_LIBRARY.test(id) || (/\/(contract|web\/(ui|session))\/[^?]*\.tsx?$/.test(id) && !LATER.test(id))

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
    // What every page needs travels as one file: each more costs a kilobyte of headers.
    rolldownOptions: {
      input: { index: `${import.meta.dirname}/index.html`, sw: `${import.meta.dirname}/service-worker/worker.ts` },
      output: {
        codeSplitting: { groups: [{ name: 'base', test: isBase }] },
        // A service worker sees what lies below its own address, and is asked for by that for ever.
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: { proxy: { '/api': toTandem, '/sip': toTandem, '/carrier-sip': toTandem } },
})
