import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build, Platform } from 'electron-builder'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAll } from '../../app/build/build.ts'

const checkout = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

// Both come with electron-builder; what it packs with is what we look with.
const ofBuilder = createRequire(
  createRequire(createRequire(import.meta.url).resolve('electron-builder')).resolve('app-builder-lib'),
)
const asar = ofBuilder('@electron/asar') as {
  listPackage(archive: string, options: { isPack: boolean }): string[]
  extractAll(archive: string, folder: string): void
}
const fuses = ofBuilder('@electron/fuses') as {
  getCurrentFuseWire(program: string): Promise<Record<string, unknown>>
}

/** Any would do: the stand-in has none. */
const electronVersion = '45.0.0'

let folder: string
let resources: string

/** Builds the project and has the real electron-builder pack it, around a stand-in for Electron's program. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-packaging-'))
  const project = join(folder, 'project')
  await buildAll(checkout, join(project, 'dist'))
  for (const path of ['electron-builder.yml', 'LICENSE', 'app/electron/resources']) {
    await cp(join(checkout, path), join(project, path), { recursive: true })
  }
  // One dependency that is bundled, to see that it stays behind, and the one that goes along.
  const manifest = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as Record<string, unknown>
  const { commander, koffi } = manifest.dependencies as Record<string, string>
  const dependencies = { commander, koffi }
  const reduced = { ...manifest, dependencies, devDependencies: undefined }
  await writeFile(join(project, 'package.json'), JSON.stringify(reduced))
  for (const name of ['commander', 'koffi', '@koromix']) {
    const folderOf = (root: string) => join(root, 'node_modules', name)
    await cp(await realpath(folderOf(checkout)), folderOf(project), { recursive: true })
  }

  await build({
    projectDir: project,
    targets: Platform.LINUX.createTarget('dir'),
    publish: 'never',
    config: { electronDist: await standInForElectron(), electronVersion },
  })
  resources = join(project, 'release', 'linux-unpacked', 'resources')
}, 120_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

/** A folder with a program that holds what @electron/fuses looks for: its sentinel, version 1, eight fuses, all off. */
async function standInForElectron(): Promise<string> {
  const electron = join(folder, 'electron')
  await mkdir(electron)
  const wire = Buffer.from([1, 8, ...Buffer.from('0'.repeat(8))])
  await writeFile(join(electron, 'electron'), Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), wire]))
  await chmod(join(electron, 'electron'), 0o755)
  await writeFile(join(electron, 'version'), electronVersion)
  return electron
}

describe('the packed app', () => {
  it('has its worker, the sample and native code as real files, everything else in the asar, and of node_modules only koffi', () => {
    const entries = asar.listPackage(join(resources, 'app.asar'), { isPack: true })
    const unpacked = entries.filter((entry) => entry.startsWith('unpack')).map((entry) => entry.split(' : ')[1])
    const isNative = (entry = '') => entry.startsWith('/node_modules/@koromix/')
    expect(unpacked.filter((entry) => !isNative(entry)).sort()).toEqual([
      '/dist/sample/store.tar.gz',
      '/dist/worker.mjs',
    ])
    expect(unpacked.filter((entry) => isNative(entry) && entry?.endsWith('.node'))).not.toEqual([])
    expect(entries).toContain('pack   : /node_modules/koffi/index.js')
    expect(entries).toContain('pack   : /dist/electron/main.js')
    expect(entries).toContain('pack   : /dist/electron/preload.cjs')
    expect(entries).toContain('pack   : /dist/renderer/index.html')
    const own = entries.filter((entry) => !/node_modules(?:$|\/koffi|\/@koromix)/.test(entry))
    expect(own.filter((entry) => /node_modules|\.tsx?$|\.map$/.test(entry))).toEqual([])
  })

  it('has the fuses of a program that is no one else’s node', async () => {
    const [off, on] = ['0'.charCodeAt(0), '1'.charCodeAt(0)]
    const wire = await fuses.getCurrentFuseWire(join(resources, '..', 'strata'))
    // By the order of FuseV1Options: run as node, cookie encryption, NODE_OPTIONS, --inspect, asar integrity,
    // asar only, V8 snapshot, file protocol.
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((fuse) => wire[fuse])).toEqual([off, on, off, off, on, on, off, off])
  })

  it('starts, shows its page and pushes the sample with what lies in the packed layout alone', async () => {
    const unpackedLayout = await layOut()
    const { stdout } = await run(process.execPath, [join(unpackedLayout, 'app.asar/dist/electron/main.js')], {
      env: { PATH: process.env.PATH, HOME: join(folder, 'home'), STRATA_HOME: join(folder, 'home') },
      timeout: 60_000,
    })
    const seen = JSON.parse(stdout) as { files: { file: string; status: number }[] }
    expect(seen).toMatchObject({
      preload: join(unpackedLayout, 'app.asar/dist/electron/preload.cjs'),
      version: '0.1.0',
      packages: 8,
      state: 'done',
    })
    expect(seen.files.length).toBeGreaterThan(1)
    expect(seen.files.filter(({ status }) => status !== 200)).toEqual([])
  }, 90_000)
})

/**
 * Lays the asar out for plain node as Electron's file system would show it: a folder `app.asar` with what is packed,
 * `app.asar.unpacked` beside it. What is unpacked is not in the former, so it can only be found in the latter.
 */
async function layOut(): Promise<string> {
  const laidOut = join(folder, 'resources')
  asar.extractAll(join(resources, 'app.asar'), join(laidOut, 'app.asar'))
  await rm(join(laidOut, 'app.asar', 'dist', 'worker.mjs'))
  await rm(join(laidOut, 'app.asar', 'dist', 'sample'), { recursive: true })
  await cp(join(resources, 'app.asar.unpacked'), join(laidOut, 'app.asar.unpacked'), { recursive: true })
  const electron = join(laidOut, 'node_modules', 'electron')
  await mkdir(electron, { recursive: true })
  await cp(join(import.meta.dirname, 'packaging-electron.mjs'), join(electron, 'index.mjs'))
  await writeFile(join(electron, 'package.json'), '{"exports":"./index.mjs"}')
  return laidOut
}

describe('the bundled command line', () => {
  it('runs from a folder that holds nothing but dist and package.json', async () => {
    const alone = join(folder, 'alone')
    await cp(join(folder, 'project', 'dist'), join(alone, 'dist'), { recursive: true })
    await cp(join(folder, 'project', 'package.json'), join(alone, 'package.json'))
    expect(await readdir(alone)).toEqual(['dist', 'package.json'])
    const { stdout } = await run(join(alone, 'dist', 'strata.js'), ['--help'], { cwd: tmpdir() })
    expect(stdout).toMatch(/Usage: strata/)
  })
})
