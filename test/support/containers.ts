import { execFile } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { missingProgram } from './programs.ts'

const run = promisify(execFile)

/** What works as root within a container too: no new network, no limits beyond what the outside allows. */
const podmanRun = ['--runtime', 'runc', 'run', '--rm', '--net=host', '--tls-verify=false'].concat(
  ['--ulimit', 'nofile=20000:20000'],
  ['--ulimit', 'nproc=1024:1024'],
)

/** What a command prints in a container of an image, which podman pulls unless it has it. */
export async function runInPodman(image: string, ...command: readonly string[]): Promise<string> {
  const { stdout } = await run('podman', [...podmanRun, image, ...command])
  return stdout
}

/** Why podman cannot run containers here, tried on an image that has a shell; undefined when it can. */
export async function missingContainers(image: string): Promise<string | undefined> {
  const missing = await missingProgram('podman', 'runc')
  if (missing) return missing
  const ran = await runInPodman(image, '/bin/sh', '-c', 'echo works').catch(String)
  return ran === 'works\n' ? undefined : `podman cannot run containers here: ${ran.slice(0, 300)}`
}

/** Takes images out of podman's own store again, whatever becomes of it. */
export async function forgetImages(...images: readonly string[]): Promise<void> {
  for (const image of images) await run('podman', ['rmi', '--force', image]).catch(() => undefined)
}

/** Debian's smallest set of Perl's modules, with the libraries that they load. */
const perlBase = '/usr/lib/x86_64-linux-gnu/perl-base'

/** Fills a folder with this machine's own shell, perl and C library: a root file system that Spack's packages run on. */
export async function makeBaseRoot(root: string): Promise<void> {
  for (const program of ['/bin/sh', '/bin/cat', '/bin/env', '/usr/bin/perl']) await addWithLibraries(root, program)
  // cowsay is a Perl script.
  const modules = ['-MText::Wrap', '-MText::Tabs', '-MGetopt::Std', '-MCwd', '-MFile::Basename']
  const { stdout } = await run('perl', [...modules, '-e', 'print join "\\n", values %INC'])
  for (const file of stdout.split('\n')) addFile(root, file)
  if (existsSync(perlBase)) cpSync(perlBase, join(root, perlBase), { recursive: true })
  addFile(root, '/etc/os-release')
}

/** Adds a file of this machine to a root file system, at the same path and with the libraries that it is linked to. */
export async function addWithLibraries(root: string, file: string): Promise<void> {
  const { stdout } = await run('ldd', [file])
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? [])
  for (const one of [file, ...libraries]) addFile(root, one)
}

function addFile(root: string, file: string): void {
  const target = join(root, file)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(realpathSync(file), target)
}

/** Packs a root file system as a tar, the same bytes for the same files. */
export async function packRoot(root: string, tar: string): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  await run('tar', ['-C', root, ...same, '-cf', tar, '.'])
}

/** Pushes a tar of a root file system as an image of one layer, by skopeo. */
export async function pushRoot(tar: string, image: string): Promise<void> {
  await run('skopeo', ['copy', '--dest-tls-verify=false', `tarball:${tar}`, `docker://${image}`])
}
