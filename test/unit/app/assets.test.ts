import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { locateAssets } from '../../../app/assets.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-assets-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A tree with a package.json at `root` and the module that asks at `module`. */
async function layout(root: string, module: string): Promise<string> {
  await mkdir(join(folder, root), { recursive: true })
  await writeFile(join(folder, root, 'package.json'), '{"version":"9.8.7"}')
  return pathToFileURL(join(folder, root, module)).href
}

describe('locateAssets', () => {
  it.each(['app/assets.ts', 'dist/strata.js', 'dist/chunks/assets-AB12.js', 'dist/electron/main.js'])(
    'finds dist beside package.json from %s',
    async (module) => {
      expect(locateAssets(await layout('checkout', module))).toEqual({
        version: '9.8.7',
        workerFile: join(folder, 'checkout/dist/worker.mjs'),
        keyringFile: join(folder, 'checkout/dist/keyring.mjs'),
        sampleFile: join(folder, 'checkout/dist/sample/store.tar.gz'),
        rendererFolder: join(folder, 'checkout/dist/renderer'),
        preloadFile: join(folder, 'checkout/dist/electron/preload.cjs'),
      })
    },
  )

  it('takes workers and sample from app.asar.unpacked, the page from app.asar, in a packed app', async () => {
    const assets = locateAssets(await layout('resources/app.asar', 'dist/electron/main.js'))
    expect(assets.workerFile).toBe(join(folder, 'resources/app.asar.unpacked/dist/worker.mjs'))
    expect(assets.sampleFile).toBe(join(folder, 'resources/app.asar.unpacked/dist/sample/store.tar.gz'))
    expect(assets.rendererFolder).toBe(join(folder, 'resources/app.asar/dist/renderer'))
    expect(assets.preloadFile).toBe(join(folder, 'resources/app.asar/dist/electron/preload.cjs'))
  })

  it('knows its own checkout and version when run from the sources', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(locateAssets().version).toBe(version)
    expect(locateAssets().workerFile).toBe(join(process.cwd(), 'dist/worker.mjs'))
  })

  it('says so when no package.json is above the module', () => {
    expect(() => locateAssets('/nowhere/dist/strata.js')).toThrow('no package.json above /nowhere/dist/strata.js')
  })
})
