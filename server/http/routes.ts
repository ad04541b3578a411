import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Parts } from './parts.ts'

/** Where a route is added; it knows the route's types from its schemas. */
export type App = Parameters<FastifyPluginAsyncZod>[0]

/** The routes of one noun, each added by a function of its own. */
export const routesOf =
  (...routes: readonly ((app: App, parts: Parts) => void)[]) =>
  (parts: Parts): FastifyPluginAsyncZod =>
  async (app) => {
    for (const add of routes) add(app, parts)
  }
