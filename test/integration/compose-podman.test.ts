import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActPlan } from '../../main/api/acts.ts'
import type { ActResult } from '../../main/api/models.ts'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import {
  addWithLibraries,
  forgetImages,
  makeBaseRoot,
  missingContainers,
  packRoot,
  pushRoot,
  runInPodman,
} from '../support/containers.ts'
import { unpackImage } from '../support/image-tree.ts'
import { differences, listTree } from '../support/install/tree.ts'
import { putForArchitecture } from '../support/other-platform.ts'
import { missingProgram } from '../support/programs.ts'
import { lookInto, readImage } from '../support/push/read.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'

/** What other tools make of what we composed: skopeo reads and copies it, podman pulls, loads and runs it. */

const run = promisify(execFile)
const missing = (await missingProgram('skopeo', 'gcc')) ?? (await missingDockerRegistry())
/** An OCI layout with what a real Spack pushed: vim, lua, nano and others, and an image `tools` of all of them. */
const lab = process.env.STRATA_LAB_OCI

interface Subject {
  readonly title: string
  readonly skipped: string | undefined
  /** What fills the cache: the arguments of strata. */
  readonly fill: (cache: string) => readonly string[]
  readonly roots: readonly string[]
  /** Layers of the roots' packages, dependencies included. */
  readonly layers: number
  readonly programs: readonly Program[]
  /** A program that needs libraries of the system, which the base has not. */
  readonly lacking: Program & { readonly needs: readonly string[] }
}

interface Program {
  readonly command: readonly string[]
  readonly output: string
}

const subjects: readonly Subject[] = [
  {
    title: 'the sample',
    skipped: missing,
    fill: (cache) => ['push', '--sample', '--to', cache],
    roots: ['hello', 'figlet', 'cowsay', 'zlib'],
    layers: 4,
    programs: [
      { command: ['hello'], output: 'Hello, world!' },
      { command: ['figlet', 'hi'], output: '|_' },
      { command: ['cowsay', 'moo'], output: '^__^' },
    ],
    lacking: { command: ['less', '--version'], output: 'less 590', needs: ['libtinfo.so.6'] },
  },
  {
    title: "a real Spack's cache",
    skipped: missing ?? (lab === undefined ? 'STRATA_LAB_OCI is not set' : undefined),
    fill: (cache) => ['copy', `oci-layout://${lab}`, cache, '--all'],
    roots: ['vim', 'lua', 'cowsay'],
    layers: 5,
    programs: [
      { command: ['vim', '--version'], output: 'VIM - Vi IMproved 9.0' },
      { command: ['lua', '-v'], output: 'Lua 5.4.4' },
      { command: ['cowsay', 'moo'], output: '^__^' },
    ],
    lacking: {
      command: ['nano', '--version'],
      output: 'GNU nano, version 7.2',
      needs: ['libmagic.so.1', 'libtinfo.so.6'],
    },
  },
]

interface Report {
  readonly plan: ActPlan
  readonly state: string
  readonly result: ActResult
}

describe.each(subjects)('images composed of $title', { timeout: 300_000 }, (subject) => {
  const { skipped, roots, programs } = subject
  describe.skipIf(skipped)(skipped ? `(skipped: ${skipped})` : 'in a real registry', () => {
    let cli: BuiltCli
    let registry: DockerRegistry
    let folder = ''
    let cache = ''
    let base = ''
    let noContainers: string | undefined
    const pulled = new Set<string>()
    const image = (tag: string) => `${registry.host}/me/cache:${tag}`
    const inPodman = (name: string, command: readonly string[]) => {
      pulled.add(name)
      return runInPodman(name, ...command)
    }

    beforeAll(async () => {
      cli = await buildCli()
      folder = await cli.folder()
      registry = await startDockerRegistry()
      cache = `oci+http://${registry.host}/me/cache`
      base = `oci+http://${registry.host}/base:1`
      await makeBaseRoot(join(folder, 'base'))
      await packRoot(join(folder, 'base'), join(folder, 'base.tar'))
      await pushRoot(join(folder, 'base.tar'), `${registry.host}/base:1`)
      noContainers = await missingContainers(`${registry.host}/base:1`)
      const filled = await cli.run(subject.fill(cache), { home: folder })
      expect(filled.stderr).not.toContain('error:')
      await compose('--tag', 'plain', '--base-image', base, ...roots)
    }, 300_000)

    afterAll(async () => {
      if (!noContainers) await forgetImages(...pulled, `${registry.host}/base:1`)
      await registry?.close()
      await cli?.remove()
    }, 120_000)

    const strata = (args: readonly string[], home = folder) => cli.run(args, { home, cwd: folder })

    async function compose(...args: readonly string[]): Promise<Report> {
      const { code, stdout, stderr } = await strata(['compose', '--from', cache, '--json', ...args])
      expect(code, stderr + stdout).toBe(0)
      return JSON.parse(stdout)
    }

    const digestOfTag = (tag: string): Promise<string | undefined> =>
      lookInto(cache, async (repository) => (await repository.headManifest(tag))?.digest)

    /** Where podman runs, it runs them; elsewhere their files lie where the image says. */
    async function expectToRun(name: string, tag = 'plain'): Promise<void> {
      if (!noContainers) {
        for (const { command, output } of programs) expect(await inPodman(name, command)).toContain(output)
        return
      }
      const root = await unpackImage(name, await cli.folder())
      const { config } = await lookInto(cache, (repository) => readImage(repository, tag))
      const path =
        config.config?.Env?.find((one) => one.startsWith('PATH='))
          ?.slice(5)
          .split(':') ?? []
      for (const { command } of programs) {
        expect(path.some((one) => existsSync(join(root, one, command[0] ?? '')))).toBe(true)
      }
    }

    it('run in podman, and none of their layers was sent', async () => {
      const made = await compose('--tag', 'again', '--base-image', base, ...roots)
      expect(made.plan.sums.bytes).toBe(0)
      expect(made.plan.composition?.sums).toMatchObject({ layers: subject.layers + 1, packages: subject.layers })
      expect(made.result.image?.digest).toBe(await digestOfTag('plain'))
      await expectToRun(image('plain'))
    })

    it('are inspected and copied by skopeo, and have media types of one family', async () => {
      const { stdout } = await run('skopeo', ['inspect', '--tls-verify=false', `docker://${image('plain')}`])
      expect(JSON.parse(stdout)).toMatchObject({
        Architecture: 'amd64',
        Os: 'linux',
        Layers: { length: subject.layers + 1 },
      })
      await run('skopeo', ['copy', '--src-tls-verify=false', `docker://${image('plain')}`, `oci:${folder}/copy:plain`])
      await run('skopeo', ['copy', `oci:${folder}/copy:plain`, `docker-archive:${folder}/copy.tar`])
      // Apptainer refuses an OCI manifest with Docker's layers, and the other way round.
      const { manifest } = await lookInto(cache, (repository) => readImage(repository, 'plain'))
      const types = [manifest.mediaType, manifest.config.mediaType, ...manifest.layers.map((layer) => layer.mediaType)]
      expect(new Set(types.map((type) => type?.split('.').slice(0, 3).join('.')))).toEqual(
        new Set(['application/vnd.oci.image']),
      )
    })

    it('are the same image again elsewhere, and from the saved file', async () => {
      const file = join(folder, 'strata.yaml')
      const args = ['compose', '--from', cache, '--base-image', base, ...roots, '--title', 'Tools', '--label', 'a=b']
      const first = await strata([...args, '--tag', 'titled', '--save', file, '--json'])
      const { result } = JSON.parse(first.stdout) as Report
      expect(result.image?.digest).not.toBe(await digestOfTag('plain'))
      const fromFile = await strata(['compose', '-f', file, '--tag', 'from-file', '--json'], await cli.folder())
      expect((JSON.parse(fromFile.stdout) as Report).result.image?.digest).toBe(result.image?.digest)
      expect(await digestOfTag('from-file')).toBe(await digestOfTag('titled'))
    })

    it.each([
      { tag: 'merged', args: ['--max-layers', '4'], layers: 4 },
      { tag: 'squashed', args: ['--squash'], layers: 2 },
    ])('$tag run the same and unpack to the same tree', async ({ tag, args, layers }) => {
      const { plan, result } = await compose('--tag', tag, '--base-image', base, ...roots, ...args)
      expect(plan.composition?.sums.layers).toBe(layers)
      expect(result.failed).toEqual([])
      const trees = []
      for (const one of ['plain', tag]) trees.push(listTree(await unpackImage(image(one), await cli.folder())))
      const [plain = new Map(), merged = new Map()] = trees
      expect(merged.size).toBeGreaterThan(100)
      expect(differences(plain, merged)).toEqual([])
      await expectToRun(image(tag), tag)
      const again = await compose('--tag', `${tag}-again`, '--base-image', base, ...roots, ...args)
      expect(again.plan.sums.bytes).toBe(0)
      expect(again.result.image?.digest).toBe(result.image?.digest)
    })

    it('are changed by what is added to them and left out of them', async () => {
      const [first = '', ...others] = roots
      const { plan } = await compose('--image', 'plain', '--without', first, '--tag', 'fewer')
      const names = plan.composition?.packages.filter((one) => one.root).map((one) => one.name)
      expect(names?.sort()).toEqual([...others].sort())
      await compose('--image', 'fewer', first, '--tag', 'more')
      const sorted = async (tag: string): Promise<readonly string[]> => {
        const { manifest } = await lookInto(cache, (repository) => readImage(repository, tag))
        return manifest.layers.map((layer) => layer.digest).sort()
      }
      expect(await sorted('more')).toEqual(await sorted('plain'))
      await expectToRun(image('more'), 'more')
    })

    it('are exported for podman load, and as a folder that skopeo reads', async () => {
      expect(await strata(['export', `${cache}:plain`, 'plain.tar'])).toMatchObject({ code: 0 })
      expect(await strata(['export', `${cache}:plain`, 'plain/'])).toMatchObject({ code: 0 })
      const { stdout } = await run('skopeo', ['inspect', `oci:${folder}/plain:plain`])
      expect(JSON.parse(stdout).Layers).toHaveLength(subject.layers + 1)
      await run('skopeo', ['copy', `docker-archive:${folder}/plain.tar`, `dir:${folder}/from-archive`])
      if (noContainers) return
      const loaded = await run('podman', ['load', '--input', join(folder, 'plain.tar')])
      const name = /Loaded image: (\S+)/.exec(loaded.stdout)?.[1] ?? ''
      for (const { command, output } of programs) expect(await inPodman(name, command)).toContain(output)
    })

    it('are joined with one of another platform', async () => {
      const other = { from: 'plain', tag: 'plain-arm64', architecture: 'arm64' }
      await lookInto(cache, (repository) => putForArchitecture(repository, other))
      const combined = await strata(['combine', cache, 'plain', 'plain-arm64', '--tag', 'both'])
      expect(combined).toMatchObject({ code: 0 })
      const { stdout } = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${image('both')}`])
      expect(JSON.parse(stdout)).toMatchObject({
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [
          { platform: { os: 'linux', architecture: 'amd64' }, digest: await digestOfTag('plain') },
          { platform: { os: 'linux', architecture: 'arm64' }, digest: await digestOfTag('plain-arm64') },
        ],
      })
      await expectToRun(image('both'))
      expect(await strata(['export', `${cache}:both`, 'arm64.tar', '--platform', 'linux/arm64'])).toMatchObject({
        code: 0,
      })
      const archived = await run('skopeo', ['inspect', `docker-archive:${folder}/arm64.tar`])
      expect(JSON.parse(archived.stdout)).toMatchObject({ Architecture: 'arm64' })
    })

    it('have a bill of materials, as a file and attached', async () => {
      const args = ['--base-image', base, '--attach-sbom', '--sbom', 'sbom.json']
      const { result } = await compose('--tag', 'billed', ...args, ...roots)
      const bill = JSON.parse(readFileSync(join(folder, 'sbom.json'), 'utf8')) as {
        readonly bomFormat: string
        readonly components: readonly { readonly name: string }[]
      }
      expect(bill.bomFormat).toBe('CycloneDX')
      const names = bill.components.map((one) => one.name)
      for (const root of roots) expect(names).toContain(root)
      const referrers = await lookInto(cache, (repository) => {
        const digest = result.image?.digest as `sha256:${string}`
        return repository.referrers(digest)
      })
      expect(referrers).toMatchObject([{ artifactType: 'application/vnd.cyclonedx+json' }])
    })

    it('are found fit for a base with their C library, and unfit for one with an older', async () => {
      const fit = await strata([
        'compose',
        '--from',
        cache,
        '--base-image',
        './base.tar',
        '--dry-run',
        '--json',
        ...roots,
      ])
      const { composition: fitting } = JSON.parse(fit.stdout)
      expect(fitting.findings.filter((one: { severity: string }) => one.severity !== 'note')).toEqual([])
      expect(fitting.base.libc).toMatch(/^glibc 2\.\d+/)
      expect(fitting.examined).toEqual({ done: subject.layers + 1, total: subject.layers + 1 })

      const old = join(folder, 'old')
      await run('cp', ['-a', join(folder, 'base'), old])
      for (const soname of ['libc.so.6', 'libm.so.6']) await makeOldLibrary(join(old, libraries, soname), soname)
      await makeOldLibrary(join(old, 'lib64', 'ld-linux-x86-64.so.2'), 'ld-linux-x86-64.so.2')
      await packRoot(old, join(folder, 'old.tar'))
      const unfit = await strata([
        'compose',
        '--from',
        cache,
        '--base-image',
        './old.tar',
        '--dry-run',
        '--json',
        ...roots,
      ])
      const { composition } = JSON.parse(unfit.stdout)
      expect(composition.base.libc).toBe('glibc 2.15')
      const message = expect.stringMatching(/GLIBC_2\.\d+, and the base has glibc 2\.15/)
      expect(composition.findings).toContainEqual(
        expect.objectContaining({ severity: 'warning', message, hint: expect.stringContaining('ubuntu:24.04') }),
      )
    })

    it.runIf(subject.title !== 'the sample')(
      'have the layers of the image that Spack made of the same roots',
      async () => {
        const tools = await lookInto(cache, (repository) => readImage(repository, 'tools'))
        const opened = await compose('--image', 'tools', '--tag', 'tools-again')
        const again = await lookInto(cache, (repository) => readImage(repository, 'tools-again'))
        expect(opened.plan.sums.bytes).toBe(0)
        expect(again.manifest.layers.map((layer) => layer.digest)).toEqual(
          tools.manifest.layers.map((layer) => layer.digest),
        )
      },
    )

    it('run where the base has what they lack, as it is said before', async () => {
      const { command, output, needs } = subject.lacking
      const [root = ''] = command
      const findings = async (...more: readonly string[]): Promise<string> => {
        const { plan } = await compose(root, ...more)
        return JSON.stringify(plan.composition?.findings.filter((one) => one.severity !== 'note'))
      }
      const lacks = await findings('--base-image', base, '--tag', 'lacking')
      for (const library of needs) expect(lacks).toContain(`needs ${library}`)
      const richer = join(folder, 'richer')
      await run('cp', ['-a', join(folder, 'base'), richer])
      for (const library of needs) await addWithLibraries(richer, join(libraries, library))
      await packRoot(richer, join(folder, 'richer.tar'))
      expect(await findings('--base-image', './richer.tar', '--tag', 'richer')).toBe('[]')
      if (noContainers) return
      await expect(inPodman(image('lacking'), command)).rejects.toThrow('error while loading shared libraries')
      expect(await inPodman(image('richer'), command)).toContain(output)
    })
  })
})

/** Where Debian's loader looks. */
const libraries = '/lib/x86_64-linux-gnu'

/** A part of the C library that says of itself that it is of 2012: glibc 2.15. */
async function makeOldLibrary(file: string, soname: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true })
  const versions = ['GLIBC_2.2.5', 'GLIBC_2.3', 'GLIBC_2.3.4', 'GLIBC_2.4', 'GLIBC_2.7', 'GLIBC_2.14', 'GLIBC_2.15']
  const nodes = versions.map((version, at) => `${version} { global: made_${at}; } ${versions[at - 1] ?? ''};`)
  const [source, script] = [`${file}.c`, `${file}.map`]
  writeFileSync(source, versions.map((_, at) => `void made_${at}(void) {}`).join('\n'))
  writeFileSync(script, nodes.join('\n'))
  const linked = ['-shared', '-fPIC', '-nostdlib', `-Wl,-soname,${soname}`, `-Wl,--version-script=${script}`]
  await run('gcc', [...linked, '-o', file, source])
  rmSync(source)
  rmSync(script)
}
