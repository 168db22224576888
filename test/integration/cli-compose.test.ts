import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActPlan } from '../../main/api/acts.ts'
import type { CompositionPreview } from '../../main/api/compose.ts'
import type { ErrorCode } from '../../main/api/errors.ts'
import type { ActResult } from '../../main/api/models.ts'
import { hdf5, seedPackages, zlib } from '../support/acts/seed-cache.ts'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { lookInto, readImages, tagsOf } from '../support/push/read.ts'

let cli: BuiltCli
let home = ''
let cache = ''
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
  cache = `oci-layout://${await cli.folder()}`
  await lookInto(cache, seedPackages)
})
afterAll(() => cli.remove())

const strata = (...args: string[]) => cli.run(args, { home })
const compose = (...args: string[]) => strata('compose', '--from', cache, ...args)

interface Report {
  readonly plan: ActPlan
  readonly state?: string
  readonly result?: ActResult
  readonly composition?: CompositionPreview
}
const reportOf = ({ stdout }: CliResult) => JSON.parse(stdout) as Report

/** A composition file in a folder of its own. */
async function saved(text: string): Promise<string> {
  const file = join(await cli.folder(), 'strata.yaml')
  await writeFile(file, text)
  return file
}

describe('wrong usage', () => {
  const from = ['--from', 'oci-layout:///nowhere']
  const cases: readonly (readonly [args: readonly string[], words: string, code: ErrorCode])[] = [
    [['compose', 'zlib', '--tag', 'x'], 'Name it with --from', 'usage'],
    [['compose', ...from, '--tag', 'x'], 'what to compose is missing', 'usage'],
    [['compose', ...from, 'zlib'], 'with --dry-run', 'usage'],
    [['compose', ...from, 'zlib', '--base-image', 'a', '--base-of', 'b'], 'cannot be used with', 'usage'],
    [['compose', '-f', 'x', '--image', 'b'], 'cannot be used with', 'usage'],
    [['compose', ...from, 'zlib', '--max-layers', '200'], 'from 1 to 127', 'usage'],
    [['compose', ...from, 'zlib', '--env', 'PATH'], 'NAME=VALUE', 'usage'],
    [['compose', ...from, 'zlib', '--command', 'a b'], 'JSON list', 'usage'],
    [['compose', ...from, 'zlib', '--created', 'now'], 'a time like', 'usage'],
    [['compose', ...from, 'zlib', '--tag', 'x', '--sqash'], 'Did you mean --squash?', 'usage'],
    [['compose', ...from, 'zlib', '--username', 'a', '--to-username', 'b'], 'strata login', 'usage'],
    [['combine', 'oci-layout:///nowhere', 'a'], '--tag', 'usage'],
    [['combine', 'oci-layout:///nowhere', '--tag', 'a'], 'image', 'usage'],
    [['export', 'oci-layout:///nowhere', 'out/'], ':TAG', 'usage'],
    [['export', 'oci-layout:///nowhere:a', 'no-such-thing'], 'for a docker archive', 'usage'],
  ]
  it.each(cases)('%j ends with 2 and says what to do', async (args, words, code) => {
    const said = await strata(...args)
    expect(said).toMatchObject({ code: 2, stdout: '' })
    expect(said.stderr).toContain(words)
    expect(reportOf(await strata(...args, '--json'))).toMatchObject({ error: { code, hint: expect.any(String) } })
  })

  it('shows the help of each command, no wider than a terminal', async () => {
    for (const command of ['compose', 'combine', 'export']) {
      const { code, stdout } = await strata(command, '--help')
      expect(code).toBe(0)
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    }
  })
})
