import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DoctorReport } from '../../main/api/registries.ts'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import {
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from '../support/registry/fault-registry.ts'

let cli: BuiltCli
let home: string
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
})
afterAll(() => cli.remove())

const running: FaultRegistry[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})

const login = { kind: 'basic', username: 'alice', password: 'staple-horse' } as const
async function registryOf(options: FaultRegistryOptions = {}): Promise<{ registry: FaultRegistry; to: string }> {
  const registry = await startFaultRegistry(options)
  running.push(registry)
  return { registry, to: `oci+http://${registry.host}/me/cache` }
}

describe('strata doctor', () => {
  it('shows its help in the width of a terminal', async () => {
    const { code, stdout } = await cli.run(['doctor', '--help'], { home })
    expect(code).toBe(0)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('writes a line for each step, and ends with 0 when all is well', async () => {
    const { to } = await registryOf()
    const { code, stdout, stderr } = await cli.run(['doctor', to], { home })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.split(' ')[1] ?? '')).toEqual(
      expect.arrayContaining(['name', 'proxy', 'connect', 'tls', 'api', 'login', 'token', 'pull', 'push', 'delete']),
    )
    expect(lines.at(3)).toMatch(/^✓ tls {6}none: plain http, which stays on this machine \(\d+ ms\)$/)
    expect(lines.at(-1)).toBe(`All well: ${to} (Other (Distribution)), login: anonymous`)
  })

  it('takes a password from standard input, shows it nowhere, and ends with 1 when it is wrong', async () => {
    const { registry, to } = await registryOf({ auth: login })
    const args = ['doctor', to, '--username', 'alice', '--password-stdin']
    const right = await cli.run(args, { home, input: 'staple-horse\n' })
    expect(right.code).toBe(0)
    const wrong = await cli.run(args, { home, input: 'battery-horse\n' })
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toContain('✗ token')
    expect(wrong.stdout).toContain('does not take this name and password')
    expect(wrong.stdout).toContain(`\n           $ strata login ${registry.host}\n`)
    expect(wrong.stdout).toContain('– push     not tried, since token failed')
    for (const { stdout, stderr } of [right, wrong]) expect(stdout + stderr).not.toMatch(/staple-horse|battery-horse/)
  })

  it('prints one document with --json, and the command that asks the same', async () => {
    const { to } = await registryOf({ auth: login })
    const args = ['doctor', to, '--insecure', '--username', 'alice', '--password-stdin', '--json']
    const { code, stdout } = await cli.run(args, { home, input: 'battery-horse' })
    expect(code).toBe(1)
    const report = DoctorReport.parse(JSON.parse(stdout))
    expect(report).toMatchObject({ state: 'failed', reference: to })
    expect(report.command).toBe(`strata doctor ${to} --insecure --username alice --password-stdin`)
  })

  it('ends with 130 on Ctrl-C, with a registry that never answers', async () => {
    const { registry, to } = await registryOf()
    const asked = new Promise<void>((resolve) => {
      registry.faults.push({
        when: () => {
          resolve()
          return true
        },
        act: { kind: 'stall' },
      })
    })
    const run = cli.start(['doctor', to], { home })
    await asked
    run.kill('SIGINT')
    const { code, stdout } = await run.ended
    expect(code).toBe(130)
    expect(stdout).toContain('✓ connect')
    expect(stdout).not.toContain('api')
  })

  it('ends with 2 without a target', async () => {
    expect(await cli.run(['doctor'], { home })).toMatchObject({ code: 2, stdout: '' })
  })
})
