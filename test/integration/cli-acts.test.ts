import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ActPlan } from '../../main/api/acts.ts'
import type { ActResult } from '../../main/api/models.ts'
import { app, hdf5, seedPackages, zlib } from '../support/acts/seed-cache.ts'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import { lookInto, tagsOf } from '../support/push/read.ts'

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
const place = async () => `oci-layout://${await cli.folder()}`

interface Report {
  readonly plan: ActPlan
  readonly state?: string
  readonly result?: ActResult
}

it('copies packages with what they need, and the command that it shows does the same', async () => {
  const to = await place()
  const shown = await strata('copy', cache, to, 'hdf5', '--dry-run')
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('hdf5 needs it') })
  const command = shown.stdout.split('\n').find((line) => line.startsWith('$ strata ')) ?? ''
  expect(await tagsOf(to)).toEqual([])
  expect(await cli.run(command.split(' ').slice(2), { home })).toMatchObject({ code: 0 })
  expect(await tagsOf(to)).toEqual([hdf5.tag, 'index.spack', zlib.tag])
  const again = JSON.parse((await strata('copy', cache, to, 'hdf5', '--json')).stdout) as Report
  expect(again).toMatchObject({ plan: { empty: true, sums: { tags: 0, kept: 2 } } })
  expect(again.state).toBeUndefined()
})

it('copies everything only when it is told to', async () => {
  const to = await place()
  expect(await strata('copy', cache, to)).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') })
  expect(await strata('copy', cache, to, 'hdf5', '--all')).toMatchObject({ code: 2 })
  const report = JSON.parse((await strata('copy', cache, to, '--all', '--without-index', '--json')).stdout) as Report
  expect(report).toMatchObject({ state: 'done', result: { failed: [] } })
  expect(report.plan.command).toContain(' --all --without-index')
  expect(await tagsOf(to)).toEqual(await tagsOf(cache))
})

it('takes one login from standard input, not two', async () => {
  const logins = ['--username', 'a', '--password-stdin', '--to-username', 'b', '--to-password-stdin']
  const refused = await cli.run(['copy', cache, await place(), '--all', ...logins], { home, input: 'secret\n' })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('strata login') })
  const one = ['--to-username', 'b', '--to-password-stdin']
  const to = await place()
  const taken = await cli.run(['copy', cache, to, '--all', '--json', ...one], { home, input: 'the-secret\n' })
  expect(taken.code).toBe(0)
  expect(taken.stdout + taken.stderr).not.toContain('the-secret')
  expect((JSON.parse(taken.stdout) as Report).plan.command).toContain('--to-username b --to-password-stdin')
})

it('gives an image further tags, by tag or by digest', async () => {
  const digest = await lookInto(cache, async (one) => (await one.headManifest('tools'))?.digest)
  expect(await strata('tag', `${cache}:tools`, 'stable')).toMatchObject({ code: 0 })
  const shown = await strata('tag', `${cache}@${digest}`, 'stable', 'v1', '--dry-run')
  expect(shown.stdout).toContain(`$ strata tag ${cache}@${digest} stable v1`)
  expect(await tagsOf(cache)).toContain('stable')
  expect(await tagsOf(cache)).not.toContain('v1')
  expect(await strata('tag', cache, 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining(':TAG') })
  expect(await strata('tag', `${cache}:tools`, 'x.spack')).toMatchObject({ code: 2 })
})

it('deletes with --yes, and without it says what would miss it', async () => {
  const to = await place()
  await strata('copy', cache, to, '--all')
  const shown = await strata('delete', to, zlib.tag)
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('app@1.0, hdf5@1.14 need what is deleted') })
  expect(shown.stdout).toContain(`$ strata delete ${to} ${zlib.tag} --yes`)
  expect(await tagsOf(to)).toContain(zlib.tag)
  const deleted = await strata('delete', to, zlib.tag, app.tag, '--yes')
  expect(deleted).toMatchObject({ code: 0, stdout: expect.stringContaining('index.spack lists 2 packages') })
  expect(await tagsOf(to)).not.toContain(zlib.tag)
  expect(await strata('delete', to, zlib.tag, '--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('registry-not-found'),
  })
})
