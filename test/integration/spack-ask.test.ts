import { homedir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { askSpack, canAsk } from '../../main/spack/ask.ts'
import { readConfiguration } from '../../main/spack/config/configuration.ts'
import { storeOf } from '../../main/spack/config/store.ts'
import { readDatabase } from '../../main/spack/database/database.ts'
import { openInstance } from '../../main/spack/instances.ts'

const root = process.env.SPACK_ROOT

describe.skipIf(root === undefined)('a real Spack (SPACK_ROOT; skipped where it is not set)', () => {
  it('has the store that we read, and answers for what is installed in it', async () => {
    const instance = await openInstance(root ?? '', { env: process.env, home: homedir() })
    expect(canAsk(instance)).toBe(true)
    const store = await storeOf(await readConfiguration(instance), instance)
    const database = await readDatabase(instance, store)
    const installed = [...database.records.values()].filter((record) => record.installed && record.path !== undefined)
    const some = installed.slice(0, 20).map((record) => record.hash)
    const answer = await askSpack(instance, { lists: [...some.map((hash) => [hash]), some, ['nothing']] })
    expect(answer.modifications).toHaveLength(some.length + 2)
    expect(answer.modifications.at(-1)).toBeUndefined()
    for (const hash of answer.redistributable.keys()) expect(some).toContain(hash)
  })
})
