import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { generateStore } from '../support/generate-store.ts'
import { lookInto, readImages } from '../support/push/read.ts'
import { startCuttingProxy } from '../support/registry/cutting-proxy.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { collect } from '../support/registry/images.ts'

/** Strata itself is killed in the middle of a large layer, as by the kernel when memory is short; then it is run again. */

const noRegistry = await missingDockerRegistry()
let top: string
let cli: BuiltCli
/** One package whose layer does not compress: large enough that the upload of it is worth going on with. */
const layerBytes = 20_000_000
let source: readonly string[]

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-killed-'))
  const { spack, environment, prefixes } = await generateStore(join(top, 'spack'), { packages: 1, packageBytes: 1000 })
  writeFileSync(join(prefixes[0] ?? '', 'lib', 'large'), randomBytes(layerBytes))
  source = ['--spack', spack, '-e', environment]
  cli = await buildCli()
})
afterAll(async () => {
  await cli.remove()
  rmSync(top, { recursive: true, force: true })
})

const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

/** Pushes to the registry at `port`, kills the program after so many bytes, and pushes again. */
async function killAndRepeat(
  port: number,
  after: number,
): Promise<{ readonly again: CliResult; readonly sent: number }> {
  const home = await cli.folder()
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await child.ended
  }
  const proxy = await startCuttingProxy(port, [{ at: after, act: kill }])
  running.push(proxy)
  const args = ['push', ...source, '--to', `oci+http://${proxy.host}/me/cache`, '--json']
  const child = cli.start(args, { home })
  expect((await child.ended).code).toBe('SIGKILL')
  const before = proxy.sent()
  const again = await cli.run(args, { home })
  return { again, sent: proxy.sent() - before }
}

async function expectWhole(reference: string): Promise<number> {
  const images = await readImages(reference)
  expect(images.size).toBe(1)
  const layers = new Map(
    [...images.values()].flatMap(({ manifest }) => manifest.layers.map((one) => [one.digest, one])),
  )
  return await lookInto(reference, async (repository) => {
    let total = 0
    for (const layer of layers.values()) total += (await collect(await repository.readBlob(layer))).length
    return total
  })
}

describe('a push that was killed', () => {
  it('goes on inside the layer, where the registry keeps what came', async () => {
    const registry = await startFaultRegistry()
    running.push(registry)
    const { again, sent } = await killAndRepeat(registry.port, 12_000_000)
    expect(again).toMatchObject({ code: 0 })
    const total = await expectWhole(`oci+http://${registry.host}/me/cache`)
    // Of the 12 MB that had come nearly nothing is sent again.
    expect(sent).toBeLessThan(total - 10_000_000)
    expect(registry.openUploads()).toBe(0)
  })

  it.skipIf(noRegistry)(
    `goes on with what it had packed on Debian's docker-registry${noRegistry ? ` (skipped: ${noRegistry})` : ''}`,
    async () => {
      const registry = await startDockerRegistry()
      running.push(registry)
      const { again } = await killAndRepeat(registry.port, 12_000_000)
      expect(again).toMatchObject({ code: 0 })
      const document: unknown = JSON.parse(again.stdout)
      expect(document).toMatchObject({ plan: { sums: { build: 0 } } })
      await expectWhole(`oci+http://${registry.host}/me/cache`)
    },
  )
})
