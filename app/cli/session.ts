import type { OwnedEngine } from '../../main/engine.ts'
import { locateAssets } from '../assets.ts'
import { composeEngine } from '../compose.ts'

/** Runs a command with an engine of its own and closes it, whatever happens. */
export async function withEngine<T>(
  act: (engine: OwnedEngine) => Promise<T>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  const engine = await composeEngine({ ...locateAssets(), env })
  try {
    return await act(engine)
  } finally {
    await engine.close()
  }
}
