import { describe, expect, it } from 'vitest'
import { interruption, unlessInterrupted } from '../../../../app/cli/interrupt.ts'
import { exitCodeOf } from '../../../../app/cli/outcome.ts'
import { describePlan } from '../../../../app/cli/plan-text.ts'
import { describeResult } from '../../../../app/cli/result-text.ts'
import { table } from '../../../../app/cli/table.ts'
import type { PlannedPackage, PushPlan } from '../../../../main/api/models.ts'

function planned(i: number, action: PlannedPackage['action']): PlannedPackage {
  const writes = action === 'build' || action === 'reuse'
  return {
    hash: `h${i}`.padEnd(32, 'q'),
    name: `package${i}`,
    version: '1.0',
    tag: `package${i}-1.0.spack`,
    action,
    why: action === 'present' ? 'in the registry' : 'to be packed',
    writes,
    root: i === 0,
    diskSize: action === 'build' ? 2048 * (i + 1) : undefined,
  }
}

function plan(packages: readonly PlannedPackage[]): PushPlan {
  const count = (action: PlannedPackage['action']): number => packages.filter((one) => one.action === action).length
  return {
    id: 'p',
    madeAt: 0,
    title: 'Push tools to oci://ghcr.io/me/cache',
    target: 'oci://ghcr.io/me/cache',
    packages: [...packages],
    stack: [],
    updatesIndex: false,
    sums: {
      ...{ present: count('present'), reuse: 0, build: count('build'), external: 0, missing: count('missing') },
      ...{ private: 0, bytesToPack: 4096, bytesToUpload: 0, layers: 3, layerLimit: 127 },
    },
    environmentSource: { kind: 'spack', why: 'from the recipes' },
    findings: [{ severity: 'warning', message: 'Something is odd', hint: 'Look at it' }],
    command: 'strata push --env tools',
  }
}

const repeat = (count: number, action: PlannedPackage['action'], from = 0): PlannedPackage[] =>
  Array.from({ length: count }, (_, i) => planned(from + i, action))

describe('a table', () => {
  it('aligns columns by their text, numbers to the right, and pads no last column', () => {
    const bold = (text: string): string => `<${text}>`
    const rows = [
      ['a', ['9', bold], 'x'],
      ['long', '10', ''],
    ] as const
    expect(table(rows, { right: [1] })).toEqual(['a      <9>  x', 'long  10'])
  })

  it('cuts the last column where the terminal ends', () => {
    expect(table([['name', 'a long explanation of it']], { width: 20 })).toEqual(['name  a long explan…'])
  })
})

describe('a plan as text', () => {
  it('shows each package, the sums, the findings and the command', () => {
    const lines = describePlan(plan([planned(0, 'build'), planned(1, 'present')]), { whole: false })
    expect(lines).toContain('build    package0@1.0  h0qqqqq  root  2.0 KiB    to be packed')
    expect(lines).toContain('present  package1@1.0  h1qqqqq                   in the registry')
    expect(lines).toContain('packages   1 to build · 1 present')
    expect(lines).toContain('bytes      4.0 KiB to pack')
    expect(lines.slice(-4)).toEqual(['warning: Something is odd', '  Look at it', '', '$ strata push --env tools'])
  })

  it('counts what is present in a long one, and lists it whole for a dry run', () => {
    const long = plan([...repeat(200, 'present'), ...repeat(3, 'build', 200), ...repeat(1, 'missing', 300)])
    const short = describePlan(long, { whole: false })
    expect(short.filter((line) => line.startsWith('present'))).toHaveLength(0)
    expect(short.filter((line) => /^(build|missing)/.test(line))).toHaveLength(4)
    expect(short).toContain('  and 200 more packages; --dry-run lists every one')
    const whole = describePlan(long, { whole: true })
    expect(whole.filter((line) => line.startsWith('present'))).toHaveLength(200)
    expect(whole.slice(-8)).toEqual(short.slice(-8))
  })

  it('cuts the middle out of a name that is too long', () => {
    const odd = { ...planned(0, 'build'), version: `git.${'a'.repeat(40)}=develop` }
    const line = describePlan(plan([odd]), { whole: true }).find((one) => one.startsWith('build'))
    expect(line).toMatch(/^build {2}package0@git\.a+…a+=develop {2}h0qqqqq/)
  })
})

describe('a result as text', () => {
  it('lists tags, failures with their hints, the sums and the commands', () => {
    const lines = describeResult(plan([]), {
      tags: [{ tag: 'tools', reference: 'r', digest: `sha256:${'a'.repeat(64)}`, kind: 'image' }],
      failed: [{ hash: 'h', name: 'vim', error: { code: 'io', message: 'it broke', hint: 'Mend it.' } }],
      bytesUploaded: 1024,
      seconds: 3,
      usage: [{ tool: 'docker', command: 'docker run x' }],
    })
    expect(lines).toEqual([
      '',
      '✓  tools  sha256:aaaaaaaaaaaa',
      '✗  vim: it broke',
      '   Mend it.',
      '',
      '1 tag written to oci://ghcr.io/me/cache, 1.0 KiB uploaded in 3 s',
      '',
      'docker  docker run x',
    ])
  })

  it('counts the packages of a large one and names the image all the same', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const tags = Array.from({ length: 80 }, (_, i) => ({
      tag: `t${i}`,
      reference: '',
      digest,
      kind: 'package' as const,
    }))
    const image = { tag: 'tools', reference: '', digest, kind: 'image' as const }
    const done = { tags: [...tags, image], failed: [], bytesUploaded: 0, seconds: 1, usage: [] }
    const lines = describeResult(plan([]), done)
    expect(lines).toContain('  and 30 more packages')
    expect(lines.some((line) => line.startsWith('✓  tools'))).toBe(true)
  })
})

describe('exit codes', () => {
  it.each([
    ['usage', 2],
    ['reference-invalid', 2],
    ['tag-invalid', 2],
    ['cancelled', 130],
    ['registry-auth', 1],
    ['push-incomplete', 1],
  ] as const)('%s ends with %i', (code, exit) => {
    expect(exitCodeOf({ code, message: '' })).toBe(exit)
  })
})

describe('an interruption', () => {
  it('fires once and leaves the second signal to end the process', async () => {
    const before = process.listenerCount('SIGINT')
    const { signal } = interruption()
    expect(process.listenerCount('SIGINT')).toBe(before + 1)
    const work = unlessInterrupted(new Promise(() => undefined), signal)
    process.emit('SIGINT')
    await expect(work).rejects.toMatchObject({ code: 'cancelled' })
    expect(process.listenerCount('SIGINT')).toBe(before)
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  it('changes nothing for work that ends by itself', async () => {
    const { signal, release } = interruption()
    expect(await unlessInterrupted(Promise.resolve(1), signal)).toBe(1)
    release()
  })
})
