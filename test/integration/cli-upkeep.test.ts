import { afterAll, beforeAll, expect, it } from 'vitest'
import { madePackage, putPackages } from '../support/acts/made-packages.ts'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import { lookInto, tagsOf } from '../support/push/read.ts'

/** `strata index`, `check` and `prune`: what they print, and how they end. */

const zlib = madePackage('zlib')
const hdf5 = madePackage('hdf5', { needs: [zlib] })
const less = madePackage('less')

let cli: BuiltCli
let home = ''
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
})
afterAll(() => cli.remove())

const strata = (...args: string[]) => cli.run(args, { home })

async function cache(): Promise<string> {
  const repository = `oci-layout://${await cli.folder()}`
  await lookInto(repository, (opened) => putPackages(opened, [zlib, hdf5, less]))
  return repository
}

it('index shows what would change, writes it, and finds nothing to do afterwards', async () => {
  const repository = await cache()
  const shown = await strata('index', repository, '--dry-run')
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/write +zlib@1\.0/) })
  expect(await tagsOf(repository)).not.toContain('index.spack')
  expect((await strata('index', repository)).stdout).toContain('index.spack lists 3 packages: 3 added')
  expect((await strata('index', repository)).stdout).toContain('There is nothing to do.')
})

it('check ends with 1 when something is wrong, and says which tag, which digest and what to do', async () => {
  const repository = await cache()
  await strata('index', repository)
  expect(await strata('check', repository, '--deep')).toMatchObject({ code: 0 })
  await lookInto(repository, async (opened) => {
    const head = await opened.headManifest(zlib.tag)
    if (head) await opened.deleteManifest(head.digest)
  })
  const wrong = await strata('check', repository)
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toContain('problem: index.spack lists 1 package without a tag: zlib@1.0')
  expect(wrong.stdout).toContain('strata index')
  const document = JSON.parse((await strata('check', repository, 'hdf5', '--json')).stdout) as object
  expect(document).toMatchObject({ state: 'done', result: { findings: [{ severity: 'warning', hash: zlib.hash }] } })
})

it('prune wants to be told what to keep, shows what goes, and deletes with --yes', async () => {
  const repository = await cache()
  await strata('index', repository)
  expect(await strata('prune', repository, '--yes')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--keep'),
  })
  const shown = await strata('prune', repository, '--keep', 'hdf5')
  expect(shown.stdout).toMatch(/delete +less@1\.0/)
  expect(await tagsOf(repository)).toHaveLength(4)
  const command = shown.stdout.split('\n').find((line) => line.startsWith('$ strata ')) ?? ''
  expect(await cli.run(command.split(' ').slice(2), { home })).toMatchObject({ code: 0 })
  expect(await tagsOf(repository)).toEqual([hdf5.tag, 'index.spack', zlib.tag])
  expect(await strata('check', repository)).toMatchObject({ code: 0, stdout: expect.not.stringContaining('warning') })
})
