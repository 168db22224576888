import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, type CliResult, type CliRun } from '../support/cli.ts'
import { createStubSpack, eventually, type StubSpack } from '../support/stub-spack.ts'

let cli: BuiltCli
let spack: StubSpack
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())
beforeEach(async () => {
  spack = await createStubSpack()
})
afterEach(() => spack.remove())

function start(...args: readonly string[]): CliRun {
  const options = ['--env', spack.environment, '--spack', spack.root]
  return cli.start(['spack', ...args, ...options], { home: spack.folder })
}
const run = (...args: readonly string[]): Promise<CliResult> => start(...args).ended

describe('strata spack', () => {
  it('shows the command, and lets through what Spack prints, every line of a flood', async () => {
    await spack.plays('echo "colours: $SPACK_COLOR"; seq 1 20000')
    const { code, stdout, stderr } = await run('install', '--add', '--fresh', '-j', '3', 'zlib +shared')
    expect(code).toBe(0)
    const command = `${spack.root}/bin/spack -D ${spack.environment} install --add --fresh -j 3 'zlib +shared'`
    expect(stderr).toContain(`$ ${command}\n`)
    expect(stdout.split('\n')).toEqual([
      'colours: never',
      ...Array.from({ length: 20_000 }, (_, at) => String(at + 1)),
      '',
    ])
  })

  it('runs nothing with --dry-run', async () => {
    await spack.plays('echo ran > $MARKS/ran')
    const { code, stdout } = await run('uninstall', '--dependents', 'zlib', '--dry-run')
    expect([code, await spack.mark('ran')]).toEqual([0, undefined])
    expect(stdout).toContain(`bin/spack -D ${spack.environment} uninstall -y --dependents zlib\n`)
  })

  it('ends with 1 when Spack fails, whatever its status, and with 2 for wrong usage', async () => {
    await spack.plays('echo "==> Error: no such package: zlob" >&2; exit 3')
    const failed = await run('install', 'zlob')
    expect([failed.code, failed.stdout]).toEqual([1, '==> Error: no such package: zlob\n'])
    expect(failed.stderr).toContain('Spack ended with 3: no such package: zlob')
    expect((await run('install', '--add')).code).toBe(2)
    expect((await run('concretize', '--fresh', '--reuse')).code).toBe(2)
  })

  it('prints one document with --json, and what Spack prints beside it', async () => {
    await spack.plays('echo found')
    const { stdout, stderr } = await run('find', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      plan: { action: 'find' },
      state: 'done',
      result: { exitCode: 0, lines: 1 },
    })
    expect(stderr).toBe('found\n')
  })

  it('ends Spack and what it started with Ctrl-C, and itself with 130', async () => {
    await spack.plays(
      'sleep 1000 & echo $! > $MARKS/pid; trap "echo; echo interrupted; exit 1" INT; while :; do sleep 0.05; done',
    )
    const running = start('concretize')
    const pid = Number(await eventually(async () => (await spack.mark('pid'))?.match(/^\d+\n/)?.[0]))
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    expect(code).toBe(130)
    expect(stdout).toContain('interrupted')
    expect(stderr).toContain('Stopping Spack')
    await eventually(() => (isGone(pid) ? true : undefined))
  })

  it('outlives Spack, however often Ctrl-C is pressed: nothing goes on unwatched', async () => {
    await spack.plays('echo $$ > $MARKS/pid; trap "sleep 0.5; exit 1" INT; while :; do sleep 0.05; done')
    const running = start('install')
    const pid = Number(await eventually(async () => (await spack.mark('pid'))?.match(/^\d+\n/)?.[0]))
    running.kill('SIGINT')
    await running.says('Stopping Spack')
    running.kill('SIGINT')
    await running.says('Spack is being stopped')
    expect((await running.ended).code).toBe(130)
    expect(isGone(pid)).toBe(true)
  })

  it('says how to get Spack where there is none', async () => {
    const { code, stderr } = await run('find')
    expect(code).toBe(1)
    expect(stderr).toContain('git clone --depth=2 https://github.com/spack/spack.git')
  })
})

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
