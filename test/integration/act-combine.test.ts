import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { planAct, runAct, runPlan } from '../support/acts/run-act.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto } from '../support/push/read.ts'
import { pushImage, type TestImage } from '../support/registry/images.ts'
import { platformImage, pushPlatforms } from '../support/registry/platforms.ts'

const noSkopeo = await missingProgram('skopeo')
let top = ''
let machine: Machine
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'strata-combine-'))
  machine = await startMachine(top)
})
afterAll(async () => {
  await machine.close()
  await rm(top, { recursive: true, force: true })
})

const amd64 = platformImage('amd64')
const arm64 = platformImage('arm64', { variant: 'v8' })
const riscv64 = platformImage('riscv64')
const digestOfImage = (one: TestImage) => digestOf(one.manifest)
const push = (reference: string, tag: string, one: TestImage) => lookInto(reference, (to) => pushImage(to, one, tag))
const indexAt = (reference: string, tag: string) =>
  lookInto(reference, async (repository) => {
    const found = await repository.getManifest(tag)
    return { mediaType: found?.mediaType, bytes: found?.bytes, document: JSON.parse(String(found?.bytes)) }
  })

onEveryPlace((place, { start, end }) => {
  beforeAll(async () => void (await start()))
  afterAll(end)

  it('joins images of one repository by tag and by digest, in the order of their platforms', async () => {
    const repository = place.repository()
    await push(repository, 'arm', arm64)
    await push(repository, 'intel', amd64)
    const images = ['arm', digestOfImage(amd64)]
    const { plan, job } = await runAct(machine, { kind: 'combine', repository, images, tag: 'tools' })
    expect(plan).toMatchObject({
      title: 'Combine 2 images as tools',
      sums: { tags: 1, kept: 0, bytes: 0 },
      steps: [
        { name: 'tools', object: 'tag', action: 'write', why: 'a new tag' },
        { name: 'linux/amd64', action: 'present' },
        { name: 'linux/arm64/v8', action: 'present', why: 'arm' },
      ],
      findings: [],
      command: `strata combine ${repository} --tag tools arm ${digestOfImage(amd64)}`,
    })
    expect(job).toMatchObject({ state: 'done', acted: { bytes: 0, image: { reference: `${repository}:tools` } } })
    const { mediaType, bytes, document } = await indexAt(repository, 'tools')
    expect(mediaType).toBe(mediaTypes.ociIndex)
    expect(job.acted?.image?.digest).toBe(digestOf(bytes ?? Buffer.alloc(0)))
    expect(document).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        { ...describedImage(amd64), platform: { architecture: 'amd64', os: 'linux' } },
        { ...describedImage(arm64), platform: { architecture: 'arm64', os: 'linux', variant: 'v8' } },
      ],
    })
    // In whatever order they are named, it is the same index.
    const again = await planAct(machine, { kind: 'combine', repository, images: ['intel', 'arm'], tag: 'tools' })
    expect(again).toMatchObject({ empty: true, sums: { tags: 0, kept: 1 } })
  })

  it('brings images of other repositories along, without the attestations of an image index', async () => {
    const [repository, other] = [place.repository(), place.repository()]
    await push(repository, 'intel', amd64)
    await lookInto(other, (to) => pushPlatforms(to, 'multi', [arm64, riscv64]))
    const request = { kind: 'combine', repository, images: ['intel', `${other}:multi`], tag: 'all' } as const
    const { plan, job } = await runAct(machine, { ...request, images: [...request.images] })
    expect(plan.steps.map(({ name, action }) => [name, action])).toEqual([
      ['linux/arm64/v8', place.folder ? 'copy' : 'mount'],
      ['linux/riscv64', place.folder ? 'copy' : 'mount'],
      ['all', 'write'],
      ['linux/amd64', 'present'],
    ])
    expect(plan.findings).toMatchObject([{ severity: 'note', message: expect.stringContaining('2 attestations') }])
    expect(job.state).toBe('done')
    expect(job.acted?.bytes).toBe(place.folder ? plan.sums.bytes : 0)
    const { document } = await indexAt(repository, 'all')
    expect(document.manifests.map((one: { digest: string }) => one.digest)).toEqual(
      [amd64, arm64, riscv64].map(digestOfImage),
    )
    for (const one of [arm64, riscv64]) {
      for (const part of [one.config, ...one.layers]) {
        const found = await lookInto(repository, (in_) => in_.readBlobBytes(part, { limit: 1 << 20 }))
        expect(found.equals(part.bytes)).toBe(true)
      }
    }
  })

  it("is Docker's manifest list of images in Docker's format alone, and OCI's index of a mixture", async () => {
    const repository = place.repository()
    await push(repository, 'intel', platformImage('amd64', { form: 'docker' }))
    await push(repository, 'arm', platformImage('arm64', { form: 'docker' }))
    await push(repository, 'riscv', riscv64)
    await runAct(machine, { kind: 'combine', repository, images: ['arm', 'intel'], tag: 'docker' })
    expect(await indexAt(repository, 'docker')).toMatchObject({
      mediaType: mediaTypes.dockerIndex,
      document: { mediaType: mediaTypes.dockerIndex, manifests: [{ mediaType: mediaTypes.dockerManifest }, {}] },
    })
    const { plan } = await runAct(machine, { kind: 'combine', repository, images: ['arm', 'riscv'], tag: 'mixed' })
    expect(plan.findings).toMatchObject([{ severity: 'note', message: expect.stringContaining('1 image of 2') }])
    expect((await indexAt(repository, 'mixed')).mediaType).toBe(mediaTypes.ociIndex)
  })

  it('refuses two images of one platform, and names both', async () => {
    const repository = place.repository()
    await push(repository, 'old', amd64)
    await push(repository, 'new', platformImage('amd64', { seed: 'new' }))
    const request = { kind: 'combine' as const, repository, images: ['old', 'new'], tag: 'both' }
    const { plan, job } = await runAct(machine, request)
    expect(plan.findings).toMatchObject([
      { severity: 'problem', message: expect.stringMatching(/^linux\/amd64 is there twice: (?=.*old \()(?=.*new \()/) },
    ])
    expect(job).toMatchObject({ state: 'failed', error: { code: 'act-refused' } })
    expect(await lookInto(repository, (one) => one.headManifest('both'))).toBeUndefined()
    // The same image under two names is one.
    await runAct(machine, { kind: 'tag', repository, from: 'old', to: ['same'] })
    const plan2 = await planAct(machine, { ...request, images: ['old', 'same'] })
    expect(plan2).toMatchObject({ findings: [], title: 'Combine 1 image as both' })
  })

  it('refuses tags of packages, images that are not there, and plans that do not hold any more', async () => {
    const repository = place.repository()
    await push(repository, 'intel', amd64)
    await push(repository, 'arm', arm64)
    const request = { kind: 'combine' as const, repository, images: ['intel', 'arm'], tag: 'all' }
    await expect(planAct(machine, { ...request, tag: 'all.spack' })).rejects.toMatchObject({ code: 'tag-invalid' })
    await expect(planAct(machine, { ...request, images: ['gone'] })).rejects.toMatchObject({
      code: 'registry-not-found',
      hint: expect.stringContaining('a tag of this repository'),
    })
    const plan = await planAct(machine, request)
    await push(repository, 'arm', platformImage('arm64', { seed: 'other' }))
    await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'plan-stale' })
    const second = await planAct(machine, request)
    await push(repository, 'all', riscv64)
    await expect(runPlan(machine, second)).rejects.toMatchObject({ code: 'plan-stale' })
    const third = await planAct(machine, request)
    expect(third.findings).toMatchObject([{ severity: 'warning', message: expect.stringContaining('all') }])
  })

  it.skipIf(noSkopeo)(`is read by skopeo for each platform${noSkopeo ? ` (skipped: ${noSkopeo})` : ''}`, async () => {
    const repository = place.repository()
    await push(repository, 'intel', amd64)
    await push(repository, 'arm', arm64)
    await runAct(machine, { kind: 'combine', repository, images: ['intel', 'arm'], tag: 'both' })
    const name = place.folder
      ? repository.replace('oci-layout://', 'oci:')
      : repository.replace('oci+http://', 'docker://')
    for (const [architecture, one] of [
      ['amd64', amd64],
      ['arm64', arm64],
    ] as const) {
      const arch = ['--override-arch', architecture, ...(architecture === 'arm64' ? ['--override-variant', 'v8'] : [])]
      const { stdout } = await promisify(execFile)('skopeo', [
        ...arch,
        'inspect',
        ...(place.folder ? [] : ['--tls-verify=false']),
        `${name}:both`,
      ])
      expect(JSON.parse(stdout)).toMatchObject({
        Architecture: architecture,
        Layers: one.layers.map(({ digest }) => digest),
      })
    }
  })
})

function describedImage(one: TestImage) {
  return { mediaType: one.mediaType, digest: digestOfImage(one), size: one.manifest.length }
}
