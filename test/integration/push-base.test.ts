import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { PushPlan } from '../../main/api/models.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { missingProgram } from '../support/programs.ts'
import { benches } from '../support/push/bench.ts'
import { lookInto, readImages } from '../support/push/read.ts'
import { type RawMember, rawTar } from '../support/raw-tar.ts'
import { failure } from '../support/registry/failing.ts'
import { blob, image, opener, pushImage, type TestImage } from '../support/registry/images.ts'
import { debianBase } from '../support/run-layers.ts'

const run = promisify(execFile)
const { onBench } = benches()
const two = { packages: ['less', 'figlet'], buildDependencies: false }

/** An image whose config has more keys than the plain one. */
function withConfig(form: 'oci' | 'docker', more: Readonly<Record<string, unknown>>): TestImage {
  const plain = image(form)
  const config = blob(Buffer.from(JSON.stringify({ ...JSON.parse(plain.config.bytes.toString()), ...more })))
  const manifest = JSON.parse(plain.manifest.toString())
  manifest.config = { ...manifest.config, digest: config.digest, size: config.size }
  return { ...plain, config, manifest: Buffer.from(JSON.stringify(manifest)) }
}

/** An image whose one layer holds these files. */
function withLayer(members: readonly RawMember[]): TestImage {
  const plain = image('oci')
  const tar = rawTar(members)
  const layer = blob(gzipSync(tar))
  const made = withConfig('oci', { rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } })
  const manifest = JSON.parse(made.manifest.toString())
  manifest.layers = [{ ...manifest.layers[0], digest: layer.digest, size: layer.size }]
  return { ...plain, config: made.config, layers: [layer], manifest: Buffer.from(JSON.stringify(manifest)) }
}

/** An index of platforms over images of one repository. */
async function pushIndex(
  repository: Repository,
  tag: string,
  entries: readonly (readonly [architecture: string, TestImage])[],
): Promise<void> {
  const manifests = []
  for (const [architecture, one] of entries) {
    const digest = digestOf(one.manifest)
    for (const part of [one.config, ...one.layers]) await repository.putBlob(part, opener(part))
    await repository.putManifest(digest, one.manifest, one.mediaType)
    const platform = { architecture, os: 'linux' }
    manifests.push({ mediaType: one.mediaType, digest, size: one.manifest.length, platform })
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }
  await repository.putManifest(tag, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex)
}

describe('a base image', () => {
  it('in OCI form lies under every package, its environment and its history kept', () =>
    onBench(async ({ machine, registry, request, to }) => {
      const history = [{ created_by: 'base' }]
      const base = withConfig('oci', { history, config: { Env: ['LANG=C.UTF-8'], Cmd: ['/bin/sh'] } })
      const baseImage = `oci+http://${registry.host}/base:1`
      await lookInto(baseImage, (repository) => pushImage(repository, base, '1'))
      const { job, plan } = await machine.push(request({ ...two, baseImage, tag: 'both' }))
      expect(job.state).toBe('done')
      expect(plan.base).toMatchObject({ format: 'oci', architecture: 'amd64', layers: 1 })
      const images = await readImages(to)
      expect(images.size).toBe(4)
      for (const [tag, { manifest, config }] of images) {
        expect(manifest.layers[0]?.digest).toBe(base.layers[0]?.digest)
        expect(config.rootfs.diff_ids).toHaveLength(manifest.layers.length)
        expect(config.history).toHaveLength(manifest.layers.length)
        expect(config.config).toMatchObject({ Cmd: ['/bin/sh'] })
        expect(config.config?.Env).toContain('LANG=C.UTF-8')
        expect(manifest.annotations === undefined).toBe(tag === 'both')
      }
    }))

  it('in Docker form makes Docker images throughout, without annotations', () =>
    onBench(async ({ machine, registry, request, to }) => {
      const base = image('docker')
      const baseImage = `oci+http://${registry.host}/base:1`
      await lookInto(baseImage, (repository) => pushImage(repository, base, '1'))
      const { job } = await machine.push(request({ ...two, baseImage }))
      expect(job.state).toBe('done')
      for (const { manifest, mediaType } of (await readImages(to)).values()) {
        expect(mediaType).toBe(mediaTypes.dockerManifest)
        expect(JSON.stringify(manifest)).not.toContain('vnd.oci')
        expect(manifest.annotations).toBeUndefined()
      }
    }))

  it('in Docker form gets OCI media types in a layout folder, where skopeo sees nothing else', async () => {
    const missing = await missingProgram('skopeo')
    await onBench(async ({ machine, registry, request }) => {
      const base = image('docker')
      const baseImage = `oci+http://${registry.host}/base:1`
      await lookInto(baseImage, (repository) => pushImage(repository, base, '1'))
      const layout = join(machine.home, 'layout')
      const { job } = await machine.push(request({ ...two, baseImage, to: `oci-layout://${layout}`, tag: 'both' }))
      expect(job.error).toBeUndefined()
      const images = await readImages(`oci-layout://${layout}`)
      for (const { manifest, mediaType } of images.values()) {
        expect(mediaType).toBe(mediaTypes.ociManifest)
        expect(JSON.stringify(manifest)).not.toContain('vnd.docker')
      }
      if (missing) return
      // A copy reads and verifies every blob.
      await run('skopeo', ['copy', `oci:${layout}:both`, `dir:${machine.home}/copy`])
    })
  })

  it("of many architectures is resolved by the packages' own", () =>
    onBench(async ({ machine, registry, request, to }) => {
      const amd64 = image('oci', 'amd64')
      const arm64 = withConfig('oci', { architecture: 'arm64' })
      const baseImage = `oci+http://${registry.host}/base:multi`
      await lookInto(baseImage, (repository) =>
        pushIndex(repository, 'multi', [
          ['arm64', arm64],
          ['amd64', amd64],
        ]),
      )
      const { plan, job } = await machine.push(request({ ...two, baseImage }))
      expect(plan.base?.digest).toBe(digestOf(amd64.manifest))
      expect(job.state).toBe('done')
      for (const { manifest } of (await readImages(to)).values()) {
        expect(manifest.layers[0]?.digest).toBe(amd64.layers[0]?.digest)
      }
    }))

  it('without the architecture is refused, saying what there is', () =>
    onBench(async ({ machine, registry, request }) => {
      const baseImage = `oci+http://${registry.host}/base:multi`
      const arm64 = withConfig('oci', { architecture: 'arm64' })
      await lookInto(baseImage, (repository) => pushIndex(repository, 'multi', [['arm64', arm64]]))
      const error = await failure(machine.plan(request({ ...two, baseImage })))
      expect(error).toMatchObject({ code: 'platform-missing', details: { architecture: 'amd64' } })
      expect(error.hint).toContain('linux/arm64')
    }))

  it('is mounted within one registry, and copied from another', () =>
    onBench(async ({ machine, registry, request, to, writes }) => {
      const base = image('oci')
      const layer = base.layers[0]?.digest ?? ''
      await lookInto(`oci+http://${registry.host}/base`, (repository) => pushImage(repository, base, '1'))
      writes()
      const near = await machine.push(request({ ...two, baseImage: `oci+http://${registry.host}/base:1` }))
      expect(near.job.state).toBe('done')
      const log = registry.log.length
      expect(log).toBeGreaterThan(0)
      expect(registry.log.some(({ url }) => url.includes(`mount=${encodeURIComponent(layer)}`))).toBe(true)
      expect(registry.log.some(({ method, url }) => method === 'GET' && url.includes(`/base/blobs/${layer}`))).toBe(
        false,
      )
      await onBench(async (other) => {
        const far = await other.machine.push(other.request({ ...two, baseImage: `oci+http://${registry.host}/base:1` }))
        expect(far.job.state).toBe('done')
        expect(other.registry.blobs.has(layer)).toBe(true)
        expect(far.plan.base?.bytesToCopy).toBe(base.layers[0]?.size)
      })
      expect(to).toContain(registry.host)
    }))

  it('that changes has every manifest written again and nothing packed', () =>
    onBench(async ({ machine, registry, request, to, writes }) => {
      const bases = [image('oci', 'one'), image('oci', 'two')]
      for (const [i, base] of bases.entries()) {
        await lookInto(`oci+http://${registry.host}/base`, (repository) => pushImage(repository, base, String(i)))
      }
      const baseImage = (i: number) => `oci+http://${registry.host}/base:${i}`
      await machine.push(request({ ...two, baseImage: baseImage(0) }))
      const packed = machine.packed.length
      const same = await machine.plan(request({ ...two, baseImage: baseImage(0) }))
      expect(same.packages.some((one) => one.writes)).toBe(false)
      writes()
      const { plan, job } = await machine.push(request({ ...two, baseImage: baseImage(1) }))
      expect(plan.packages.map((one) => [one.action, one.writes])).toEqual(plan.packages.map(() => ['present', true]))
      expect(job.result?.tags).toHaveLength(3)
      expect(machine.packed.length).toBe(packed)
      for (const { manifest } of (await readImages(to)).values()) {
        expect(manifest.layers[0]?.digest).toBe(bases[1]?.layers[0]?.digest)
      }
    }))

  it('that is too old is said by the plan once both are known, without a layer being read for it', () =>
    onBench(async ({ machine, registry, request, to }) => {
      const base = `oci+http://${registry.host}/base:old`
      const old = withLayer(debianBase(17))
      await lookInto(base, (repository) => pushImage(repository, old, 'old'))
      const again = request({ ...two, baseImage: base, force: true })
      const tooOld = ({ findings }: PushPlan): string[] =>
        findings.flatMap(({ message }) => (message.includes('GLIBC_') ? [message] : []))
      const { plan } = await machine.push(again)
      expect(tooOld(plan)).toEqual([])

      await machine.engine.call('compose.preview', { repository: to, roots: ['less'], base, examine: 'all' })
      registry.log.length = 0
      const [said, ...more] = tooOld(await machine.plan(again))
      expect(said).toMatch(/ and less@590 \(bin\/less and 2 more\) need GLIBC_2\.34, and the base has glibc 2\.17$/)
      expect(more).toEqual([])
      const blobs = registry.log.flatMap(
        ({ method, url }) => (method === 'GET' && /\/blobs\/(.*)/.exec(url)?.[1]) || [],
      )
      expect(blobs.filter((digest) => digest !== old.config.digest)).toEqual([])
      expect(tooOld(await machine.plan(request({ ...two })))).toEqual([])
    }))
})
