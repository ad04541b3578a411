// Before any schema is made: the schema library runs without code from strings, which our content security policy forbids.
globalThis.__zod_globalConfig = { jitless: true }
