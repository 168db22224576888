import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Job } from '../../main/api/models.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { openBlobStore } from '../../main/store/blob-store.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { planAct, runAct, runPlan } from '../support/acts/run-act.ts'
import { app, seedPackages } from '../support/acts/seed-cache.ts'
import { readBase } from '../support/base-files.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readImage, tagsOf } from '../support/push/read.ts'
import { pushImage, type TestImage } from '../support/registry/images.ts'
import { platformImage, pushPlatforms } from '../support/registry/platforms.ts'
import { tarContents } from '../support/tar-listing.ts'

const noSkopeo = await missingProgram('skopeo')
let top = ''
let machine: Machine
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'strata-export-'))
  machine = await startMachine(top)
})
afterAll(async () => {
  await machine.close()
  await rm(top, { recursive: true, force: true })
})

const amd64 = platformImage('amd64')
const arm64 = platformImage('arm64', { variant: 'v8' })
const push = (reference: string, tag: string, one: TestImage) => lookInto(reference, (to) => pushImage(to, one, tag))
let count = 0
const fresh = (name: string) => join(top, `${count++}-${name}`)

onEveryPlace((place, { start, end }) => {
  beforeAll(async () => void (await start()))
  afterAll(end)

  it('writes an image to an archive, in progress of bytes, and says how to load it', async () => {
    const repository = place.repository()
    await push(repository, 'tools', amd64)
    const file = fresh('tools.tar')
    const heard: Job[] = []
    const request = { kind: 'export' as const, repository, image: 'tools', to: `docker-archive:${file}` }
    const { plan, job } = await runAct(machine, request, { watch: (one) => heard.push(one) })
    const bytes = amd64.layers.reduce((sum, { size }) => sum + size, 0)
    expect(plan).toMatchObject({
      title: `Export tools to ${file}`,
      target: file,
      sums: { tags: 1, bytes },
      steps: [{ action: 'copy', name: file, why: 'a new file', bytes }],
      findings: [],
      command: `strata export ${repository}:tools docker-archive:${file}`,
    })
    expect(job).toMatchObject({ state: 'done', acted: { bytes, image: { digest: digestOf(amd64.manifest) } } })
    expect(job.progress).toMatchObject({ bytesDone: bytes, bytesTotal: bytes })
    expect(job.acted?.image?.usage[0]?.command).toMatch(`docker load --input ${file} && docker run --rm -it `)
    const members = await tarContents(file)
    const [listed] = JSON.parse(String(members.get('manifest.json')))
    expect(job.acted?.image?.usage[1]?.command).toContain(listed.RepoTags[0])
    expect(listed.Layers).toEqual(amd64.layers.map(({ digest }) => `blobs/sha256/${digest.slice(7)}`))
    // It can be composed upon.
    const store = await openBlobStore({ root: fresh('blobs') })
    const base = await readBase(file, store)
    expect(base.manifest.layers.map(({ digest }) => digest)).toEqual(amd64.layers.map(({ digest }) => digest))
    // The same image makes the same file, which replaces the one that is there.
    const before = await readFile(file)
    const again = await runAct(machine, request)
    expect(again.plan).toMatchObject({
      steps: [{ why: 'replaces the file that is there' }],
      findings: [{ severity: 'warning', message: expect.stringContaining(file) }],
    })
    expect((await readFile(file)).equals(before)).toBe(true)
  })

  it('writes an image to a folder under a tag, and nothing of it twice', async () => {
    const repository = place.repository()
    await push(repository, 'tools', amd64)
    const folder = fresh('folder')
    const request = { kind: 'export' as const, repository, image: 'tools', to: `oci-layout://${folder}:latest` }
    const { plan, job } = await runAct(machine, request)
    expect(plan.steps).toMatchObject([{ action: 'copy', name: 'latest', why: 'a new tag' }])
    expect(job).toMatchObject({ state: 'done', acted: { image: { reference: `oci-layout://${folder}:latest` } } })
    expect(job.acted?.image?.usage[0]?.command).toMatch(new RegExp(`oci:${folder}:latest`))
    expect(await tagsOf(`oci-layout://${folder}`)).toEqual(['latest'])
    expect((await readdir(join(folder, 'blobs/sha256'))).length).toBe(4)
    expect(await planAct(machine, request)).toMatchObject({ empty: true, steps: [{ action: 'present' }] })
    // Without a tag it has the image's own; by digest, the start of that.
    await runAct(machine, { ...request, to: `oci-layout://${folder}` })
    const digest = digestOf(amd64.manifest)
    await runAct(machine, { ...request, image: digest, to: `oci-layout://${folder}` })
    expect(await tagsOf(`oci-layout://${folder}`)).toEqual([digest.slice(7, 19), 'latest', 'tools'])
    await push(repository, 'tools', arm64)
    expect((await planAct(machine, request)).findings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('latest') },
    ])
  })

  it('exports a package without those that it needs', async () => {
    const repository = place.repository()
    await lookInto(repository, seedPackages)
    const folder = fresh('package')
    await runAct(machine, { kind: 'export', repository, image: app.tag, to: `oci-layout://${folder}` })
    expect(await tagsOf(`oci-layout://${folder}`)).toEqual([app.tag])
    const file = fresh('package.tar')
    const { job } = await runAct(machine, { kind: 'export', repository, image: app.tag, to: `oci-archive:${file}` })
    expect(job.acted?.image?.usage).toEqual([
      { tool: 'docker', command: `docker load --input ${file}` },
      { tool: 'podman', command: `podman load --input ${file}` },
    ])
  })

  it('takes of an image index the whole into a folder, and one platform into an archive', async () => {
    const repository = place.repository()
    await lookInto(repository, (to) => pushPlatforms(to, 'multi', [amd64, arm64]))
    const [folder, one, file] = [fresh('both'), fresh('one'), fresh('arm.tar')]
    const request = { kind: 'export' as const, repository, image: 'multi' }
    await runAct(machine, { ...request, to: `oci-layout://${folder}` })
    const index = await lookInto(repository, async (from) => (await from.headManifest('multi'))?.digest)
    expect(await lookInto(`oci-layout://${folder}`, async (to) => (await to.headManifest('multi'))?.digest)).toBe(index)
    await expect(planAct(machine, { ...request, to: `docker-archive:${file}` })).rejects.toMatchObject({
      code: 'usage',
      hint: 'Choose one with --platform: linux/amd64, linux/arm64/v8. An OCI folder takes them all.',
    })
    const arm = { ...request, platform: 'linux/arm64' }
    const { plan } = await runAct(machine, { ...arm, to: `docker-archive:${file}` })
    expect(plan.command).toMatch(/ --platform linux\/arm64$/)
    const [listed] = JSON.parse(String((await tarContents(file)).get('manifest.json')))
    expect(listed.Config).toBe(`blobs/sha256/${arm64.config.digest.slice(7)}`)
    await runAct(machine, { ...arm, to: `oci-layout://${one}:arm` })
    const read = await lookInto(`oci-layout://${one}`, (from) => readImage(from, 'arm'))
    expect(read.config.architecture).toBe('arm64')
    await expect(
      planAct(machine, { ...arm, platform: 'linux/s390x', to: `docker-archive:${file}` }),
    ).rejects.toMatchObject({
      code: 'platform-missing',
      hint: 'It is there for: linux/amd64, linux/arm64/v8.',
    })
  })

  it('refuses what cannot be: other targets, images that are not there, plans that do not hold any more', async () => {
    const repository = place.repository()
    await push(repository, 'tools', amd64)
    const request = { kind: 'export' as const, repository, image: 'tools' }
    const refused = (to: string) => expect(planAct(machine, { ...request, to })).rejects
    await refused('ghcr.io/me/cache').toMatchObject({ code: 'usage', hint: expect.stringContaining('strata copy') })
    await refused('tools.tar').toMatchObject({ code: 'usage' })
    await refused('docker-archive:tools.tar').toMatchObject({ code: 'reference-invalid' })
    if (place.folder)
      await refused(`${repository}:other`).toMatchObject({ hint: expect.stringContaining('strata tag') })
    const file = fresh('stale.tar')
    const to = `docker-archive:${file}`
    await expect(planAct(machine, { ...request, image: 'gone', to })).rejects.toMatchObject({
      code: 'registry-not-found',
    })
    const plan = await planAct(machine, { ...request, to })
    await writeFile(file, 'somebody else was here')
    await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'plan-stale' })
    const second = await planAct(machine, { ...request, to })
    await push(repository, 'tools', arm64)
    await expect(runPlan(machine, second)).rejects.toMatchObject({ code: 'plan-stale' })
    expect(await readFile(file, 'utf8')).toBe('somebody else was here')
    const { job } = await runAct(machine, { ...request, to: `docker-archive:${top}/nowhere/x.tar` })
    expect(job).toMatchObject({ state: 'failed', acted: { failed: [{ name: 'tools', error: { code: 'io' } }] } })
    expect(job.acted?.image).toBeUndefined()
  })

  it.skipIf(!place.folder)('names the layers that are lost, before anything is written', async () => {
    const repository = place.repository()
    await push(repository, 'tools', amd64)
    const [layer] = amd64.layers
    const hex = layer?.digest.slice(7) ?? ''
    await rm(join(repository.slice('oci-layout://'.length), 'blobs/sha256', hex))
    const file = fresh('lost.tar')
    await expect(
      planAct(machine, { kind: 'export', repository, image: 'tools', to: `docker-archive:${file}` }),
    ).rejects.toMatchObject({ code: 'registry-not-found', message: expect.stringContaining(hex.slice(0, 12)) })
  })

  it.skipIf(noSkopeo)(`is read by skopeo${noSkopeo ? ` (skipped: ${noSkopeo})` : ''}`, async () => {
    const repository = place.repository()
    await push(repository, 'tools', platformImage('amd64', { form: 'docker' }))
    const file = fresh('docker.tar')
    const { plan } = await runAct(machine, { kind: 'export', repository, image: 'tools', to: `docker-archive:${file}` })
    expect(plan.findings).toMatchObject([{ severity: 'note', message: expect.stringContaining("Docker's format") }])
    for (const kind of ['docker-archive', 'oci-archive']) {
      const { stdout } = await promisify(execFile)('skopeo', ['inspect', `${kind}:${file}`])
      expect(JSON.parse(stdout)).toMatchObject({ Architecture: 'amd64', Os: 'linux' })
    }
  })
})
