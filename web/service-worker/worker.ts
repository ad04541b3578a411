import { serve, type WorkerScope } from './door.ts'

serve(globalThis as unknown as WorkerScope)
