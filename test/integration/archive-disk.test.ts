import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import { missingMounts, quote, withReadOnly, withSmallDisk } from '../support/mounts.ts'
import { lookInto } from '../support/push/read.ts'
import { rawTar } from '../support/raw-tar.ts'
import { blob, pushImage } from '../support/registry/images.ts'

/** Archives of images for disks that are full and folders that nobody may write to: an error that says so, and no rest. */

const missing = await missingMounts()
let cli: BuiltCli
let top = ''
let cache = ''

beforeAll(async () => {
  cli = await buildCli()
  top = await cli.folder()
  cache = `oci-layout://${join(top, 'cache')}`
  await lookInto(cache, (repository) => pushImage(repository, largeImage(2 << 20), 'large'))
}, 120_000)
afterAll(() => cli.remove())

/** An image of one layer of about so many bytes. */
function largeImage(bytes: number) {
  const types = imageMediaTypes.oci
  const tar = rawTar([{ name: 'data', content: randomBytes(bytes) }])
  const layer = blob(gzipSync(tar))
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] }
  const config = blob(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs })))
  const described = (mediaType: string, { digest, size }: typeof config) => ({ mediaType, digest, size })
  const layers = [described(types.layer, layer)]
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config: described(types.config, config), layers }
  return { config, layers: [layer], manifest: Buffer.from(JSON.stringify(manifest)), mediaType: types.manifest }
}

/** Exports to a file while a mount is as `within` makes it; what was said, and what lies in the file's folder then. */
async function exportTo(file: string, within: (words: readonly string[]) => readonly string[]) {
  const words = [process.execPath, cli.file, 'export', `${cache}:large`, `docker-archive:${file}`]
  const line = `${words.map(quote).join(' ')}; echo "code $?"; ls -A ${quote(join(file, '..'))}`
  const [program = '', ...args] = within(['sh', '-c', line])
  const env = { PATH: process.env.PATH, HOME: top, STRATA_HOME: join(top, 'strata') }
  return new Promise<{ readonly code: string; readonly left: readonly string[]; readonly words: string }>((done) => {
    execFile(program, args, { env }, (_, stdout) => {
      const lines = stdout.trim().split('\n')
      const at = lines.findIndex((one) => one.startsWith('code '))
      done({ code: lines[at] ?? '', left: lines.slice(at + 1), words: lines.slice(0, at).join('\n') })
    })
  })
}

it.skipIf(missing)(
  `a full disk: says where, leaves nothing, and the file that was there${missing ? ` (skipped: ${missing})` : ''}`,
  async () => {
    const folder = join(top, 'small')
    await mkdir(folder)
    const small = (words: readonly string[]) => withSmallDisk(folder, 1 << 20, words)
    const file = join(folder, 'tools.tar')
    const said = await exportTo(file, small)
    expect(said).toMatchObject({ code: 'code 1', left: [] })
    expect(said.words).toContain(`writing ${file}: ENOSPC`)
    expect(said.words).toContain('name a file on another disk')
    const kept = await exportTo(file, (words) =>
      small(['sh', '-c', `echo old > ${quote(file)}; exec "$@"`, 'sh', ...words]),
    )
    expect(kept).toMatchObject({ code: 'code 1', left: ['tools.tar'] })
  },
)

it.skipIf(missing)(`a folder that nobody may write to: says so${missing ? ` (skipped: ${missing})` : ''}`, async () => {
  const folder = join(top, 'locked')
  await mkdir(folder)
  await writeFile(join(folder, 'tools.tar'), 'old')
  const said = await exportTo(join(folder, 'tools.tar'), (words) => withReadOnly(folder, words))
  expect(said).toMatchObject({ code: 'code 1', left: ['tools.tar'] })
  expect(said.words).toMatch(/writing .*tools\.tar: EROFS/)
  expect(said.words).toContain('The file system is read-only.')
  expect(await readFile(join(folder, 'tools.tar'), 'utf8')).toBe('old')
  expect(await readdir(folder)).toEqual(['tools.tar'])
  await rm(folder, { recursive: true })
})
