import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { rawTar } from '../support/raw-tar.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { blob, opener } from '../support/registry/images.ts'
import { sampleSpack, unpackSample } from '../support/sample.ts'

const execute = promisify(execFile)

let cli: BuiltCli
let home: string
let sysroot: string
let cache: string
/** The tag of the sample's zlib. */
let zlib: string
/** An image of two layers, the upper of which deletes a file of the lower. */
let image: string

beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
  sysroot = join(await cli.folder(), 'root')
  await unpackSample(sysroot)
  cache = `oci-layout://${await cli.folder()}/cache`
  const source = ['--spack', sampleSpack, '--sysroot', sysroot, '--env', 'sample']
  const pushed = await cli.run(['push', ...source, '--to', cache], { home })
  expect(pushed).toMatchObject({ code: 0 })
  const repository = await openRepository(parseReference(cache))
  zlib = `${cache}:${(await repository.tags()).find((tag) => tag.startsWith('zlib-'))}`
  const layers = [
    blob(
      gzipSync(
        rawTar([
          { name: 'etc/', type: '5' },
          { name: 'etc/motd', content: 'hello\n' },
          { name: 'etc/issue', content: 'base\n' },
        ]),
      ),
    ),
    blob(
      gzipSync(
        rawTar([{ name: 'etc/.wh.motd' }, { name: 'bin/su', mode: 0o4755, content: Buffer.from([0, 255, 10]) }]),
      ),
    ),
  ]
  const config = blob(Buffer.from('{}'))
  for (const one of [config, ...layers]) await repository.putBlob(one, opener(one))
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest,
      size,
    })),
  }
  await repository.putManifest('base', Buffer.from(JSON.stringify(manifest)), mediaTypes.ociManifest)
  image = `${cache}:base`
  await repository.close()
})
afterAll(() => cli.remove())

const files = (...args: readonly string[]): Promise<CliResult> => cli.run(['files', ...args], { home })

describe('strata files', () => {
  it("lists the package's own layer as ls -l does", async () => {
    const { code, stdout, stderr } = await files(zlib)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^drwxr-xr-x {2,}home$/m)
    expect(stdout).toMatch(/^-rwxr-xr-x {2,}1\d\d KiB {2}home\/.*\/lib\/libz\.so\.1\.2\.13$/m)
    expect(stdout).toMatch(/^l\S+ {2,}home\/.*\/lib\/libz\.so -> libz\.so\.1\.2\.13$/m)
    expect(stdout).toMatch(/\n\d+ entries, \d+ KiB unpacked\n$/)
  })

  it('prints a file byte for byte, and lists a folder', async () => {
    const run = await execute(process.execPath, [cli.file, 'files', zlib, 'lib/libz.so.1.2.13'], {
      encoding: 'buffer',
      env: { PATH: process.env.PATH, HOME: home, STRATA_HOME: join(home, 'strata') },
    })
    const { stdout } = await files(zlib)
    const path = / (home\/.*\/lib\/libz\.so\.1\.2\.13)$/m.exec(stdout)?.[1] ?? ''
    // The layer holds what is installed: nothing is relocated on the way into a cache.
    expect(run.stdout.equals(await readFile(join(sysroot, path)))).toBe(true)
    const folder = await files(zlib, 'lib/pkgconfig')
    expect(folder.stdout).toMatch(/\/lib\/pkgconfig\n.*\/lib\/pkgconfig\/zlib\.pc\n2 entries, \d+ B unpacked\n$/)
  })

  it('answers with the documents of the contract', async () => {
    const listed = JSON.parse((await files(zlib, '--json')).stdout)
    expect(listed.files.length).toBeGreaterThan(20)
    expect(listed.command).toBe(`strata files ${cache} --layer ${listed.digest}`)
    const shown = JSON.parse((await files(zlib, 'lib/libz.so.1.2.13', '--json')).stdout)
    expect(shown.elf).toMatchObject({ soname: 'libz.so.1', needed: ['libc.so.6'] })
    // The command that it names lists the same.
    const again = JSON.parse((await files(cache, '--layer', listed.digest, '--json')).stdout)
    expect(again).toEqual(listed)
  })

  it('lists every layer with what it deletes, and prints a file of the uppermost that has it', async () => {
    const { stdout } = await files(image, '--all')
    expect(stdout).toMatch(/^Layer 1 of 2, sha256:[0-9a-f]{64}, \d+ B\n/)
    expect(stdout).toMatch(/^\?rw-r--r-- {2,}etc\/\.wh\.motd \(deletes etc\/motd of the layers below\)$/m)
    expect(stdout).toMatch(/^-rwsr-xr-x {2,}3 B {2}bin\/su$/m)
    expect((await files(image, 'etc/issue', '--all')).stdout).toBe('base\n')
    expect(await files(image, 'etc/issue')).toMatchObject({ code: 1, stdout: '' })
  })

  it('stops quietly when its reader has gone', async () => {
    const script = `"${process.execPath}" "${cli.file}" files "${zlib}" include/zlib.h | head -c 10; echo " \${PIPESTATUS[0]}"`
    const env = { PATH: process.env.PATH, HOME: home, STRATA_HOME: join(home, 'strata') }
    const { stdout, stderr } = await execute('bash', ['-c', script], { env })
    expect({ stdout, stderr }).toEqual({ stdout: '/* zlib.h  0\n', stderr: '' })
  })

  it('ends at once with Ctrl-C while a registry sends nothing', async () => {
    const registry = await startFaultRegistry()
    registry.faults.push({ when: ({ url }) => url.includes('/blobs/'), act: { kind: 'stall' } })
    const args = ['files', `oci+http://${registry.host}/cache`, '--layer', `sha256:${'0'.repeat(64)}`]
    const run = cli.start(args, { home })
    while (!registry.log.some(({ url }) => url.includes('/blobs/'))) await new Promise((next) => setTimeout(next, 20))
    run.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130, stdout: '' })
    await registry.close()
  })

  const wrong: readonly (readonly [args: () => string[], code: number, says: string])[] = [
    [() => [cache], 2, 'which image is missing'],
    [() => [`${cache}:nothing`], 1, 'there is no nothing'],
    [() => [zlib, '--layer', 'abc'], 2, 'no layer of zlib'],
    [() => [zlib, '--layer', 'abc', '--all'], 2, 'cannot be used with'],
    [() => [zlib, 'no/such/file'], 1, 'has no no/such/file'],
    [() => [cache, '--layer', `sha256:${'0'.repeat(64)}`], 1, 'has no sha256:000000000000'],
  ]
  it.each(wrong)('says what is wrong: %#', async (args, code, says) => {
    const result = await files(...args())
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(says)
    expect(result.stdout).toBe('')
  })
})
