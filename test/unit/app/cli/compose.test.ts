import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeActPlan, describeActResult } from '../../../../app/cli/act-text.ts'
import { describePreview } from '../../../../app/cli/compose-text.ts'
import { changedComposition } from '../../../../app/cli/composition.ts'
import { absoluteTarget, imageTarget } from '../../../../app/cli/image-target.ts'
import { collectPairs, parseLayers, parseTime, parseWords } from '../../../../app/cli/values.ts'
import type { ActPlan } from '../../../../main/api/acts.ts'
import type { CompositionPreview, PreviewPackage } from '../../../../main/api/compose.ts'

function made(name: string, more: Partial<PreviewPackage> = {}): PreviewPackage {
  const hash = name.padEnd(32, 'q')
  const rest = {
    version: '1.0',
    target: 'x86_64',
    os: 'debian12',
    bytes: 2048,
    root: false,
    merged: false,
    sharedBy: 0,
  }
  return { hash, name, neededBy: [], ...rest, ...more }
}

function preview(packages: readonly PreviewPackage[], more: Partial<CompositionPreview> = {}): CompositionPreview {
  return {
    repository: 'oci://ghcr.io/me/cache',
    architecture: 'amd64',
    roots: [],
    base: {
      ...{
        reference: 'debian:12',
        digest: `sha256:${'a'.repeat(64)}`,
        format: 'oci',
        architecture: 'amd64',
        layers: 1,
      },
      ...{ bytes: 1 << 20, system: 'Debian GNU/Linux 12 (bookworm)', libc: 'glibc 2.36' },
    },
    packages: [...packages],
    missing: [],
    stack: [],
    sums: {
      ...{ roots: 1, packages: packages.length, baseLayers: 1, layers: packages.length + 1, layerLimit: 120 },
      ...{ baseBytes: 1 << 20, packageBytes: 4096, bytes: (1 << 20) + 4096, uniqueBytes: 2048 },
    },
    variables: [{ name: 'PATH', value: '/opt/bin:/bin', list: true, from: ['vim', 'base image'] }],
    conflicts: [],
    settings: { entrypoint: ['vim'] },
    annotations: {},
    findings: [],
    examined: { done: 3, total: 3 },
    file: 'roots: [vim]\n',
    command: 'strata compose --from oci://ghcr.io/me/cache vim',
    ...more,
  }
}

const vim = made('vim', { root: true, sharedBy: 2 })
const ncurses = made('ncurses', { broughtBy: { hash: vim.hash, name: 'vim', types: ['link', 'run'] } })

function plan(composition: CompositionPreview, more: Partial<ActPlan> = {}): ActPlan {
  return {
    ...{ id: 'p', kind: 'compose', title: 'Compose tools', madeAt: 0, repository: composition.repository },
    steps: [
      { key: 'vim', action: 'present', object: 'blob', name: 'vim@1.0', why: 'there already' },
      { key: 'tag', action: 'write', object: 'tag', name: 'tools', why: 'new' },
    ],
    sums: { tags: 1, kept: 0, bytes: 0 },
    empty: false,
    findings: [],
    composition,
    command: 'strata compose --from oci://ghcr.io/me/cache --tag tools vim',
    ...more,
  }
}

describe('the plan of a composition', () => {
  it('shows the layers from the roots down to the base, with what brought each and who shares it', () => {
    const lines = describeActPlan(plan(preview([ncurses, vim])), { whole: false })
    const at = lines.findIndex((line) => line.includes('vim@1.0'))
    expect(lines.slice(at, at + 3)).toEqual([
      expect.stringMatching(/^root +vim@1.0 +vimqqqq +2.0 KiB +in 2 other images$/),
      expect.stringMatching(/^ +ncurses@1.0 +ncurses +2.0 KiB +vim needs it \(link, run\)$/),
      expect.stringMatching(/^base +debian:12 +sha256:a{12} +1.0 MiB +1 layer, Debian .*, glibc 2.36$/),
    ])
    expect(lines.filter((line) => line.includes('vim@1.0'))).toHaveLength(1)
    expect(lines).toContainEqual(expect.stringMatching(/^layers +3 of at most 120, 1 of them the base's$/))
    expect(lines).toContainEqual(expect.stringMatching(/^write +tools +new$/))
    expect(lines.at(-1)).toBe('$ strata compose --from oci://ghcr.io/me/cache --tag tools vim')
  })

  it('says that no layer is sent, and how many bytes where some are', () => {
    expect(describeActPlan(plan(preview([vim])), { whole: false })).toContainEqual(
      expect.stringMatching(/^bytes +0 B of layers to send$/),
    )
    const sent = plan(preview([vim]), { sums: { tags: 1, kept: 0, bytes: 4096 } })
    expect(describeActPlan(sent, { whole: false })).toContainEqual(expect.stringMatching(/4.0 KiB of layers to send/))
  })

  it('marks what is merged, on top of the others, and says what the merge costs', () => {
    const merge = { packages: ['less', 'nano'], bytes: 4096, made: false }
    const packages = [made('less', { merged: true }), made('nano', { merged: true, root: true }), vim]
    const lines = describePreview(preview(packages, { merge }), { whole: false })
    const names = lines.flatMap((line) => /(?:merged|root) +(\S+)@1\.0/.exec(line)?.[1] ?? [])
    expect(names).toEqual(['nano', 'less', 'vim'])
    expect(lines).toContainEqual(
      expect.stringMatching(/^merged +2 packages in one layer of about 4.0 KiB, to be made$/),
    )
    const again = describePreview(preview(packages, { merge: { ...merge, made: true } }), { whole: false })
    expect(again.join('\n')).toContain('made before')
  })

  it('says what is said differently and by whom, until it is settled', () => {
    const conflict = {
      name: 'EDITOR',
      says: [
        { value: 'vim', by: ['vim'] },
        { value: 'nano', by: ['nano', 'base image'] },
      ],
      value: 'vim',
      settled: false,
    }
    const lines = describePreview(preview([vim], { conflicts: [conflict] }), { whole: false })
    expect(lines).toContainEqual(expect.stringMatching(/^EDITOR +✓ +vim +vim$/))
    expect(lines).toContainEqual(expect.stringMatching(/^ +nano +nano, base image$/))
    const settled = describePreview(preview([vim], { conflicts: [{ ...conflict, settled: true }] }), { whole: false })
    expect(settled.join('\n')).not.toContain('EDITOR')
  })

  it('says that it was not looked into every layer, and what was found', () => {
    const findings = [{ severity: 'problem' as const, message: 'vim needs GLIBC_2.38', hint: 'Take ubuntu:24.04.' }]
    const lines = describePreview(preview([vim], { examined: { done: 1, total: 3 }, findings }), { whole: false })
    expect(lines).toContainEqual(expect.stringMatching(/^examined +1 of 3 layers: .* not known$/))
    expect(lines).toEqual(expect.arrayContaining(['problem: vim needs GLIBC_2.38', '  Take ubuntu:24.04.']))
    const replaced = { severity: 'note' as const, message: 'tools is replaced' }
    const planned = describeActPlan(plan(preview([vim], { findings }), { findings: [replaced] }), { whole: false })
    expect(planned).toEqual(expect.arrayContaining(['problem: vim needs GLIBC_2.38', 'note: tools is replaced']))
  })

  it('cuts a long stack down to its roots, and lists all of it and the environment when it is asked for', () => {
    const many = [...Array.from({ length: 60 }, (_, i) => made(`lib${i}`)), vim]
    const short = describePreview(preview(many), { whole: false }).join('\n')
    expect(short).toContain('and 60 more packages; --dry-run lists every one')
    expect(short).toContain('vim@1.0')
    expect(short).not.toContain('lib7@1.0')
    const whole = describePreview(preview(many), { whole: true }).join('\n')
    expect(whole).toContain('lib7@1.0')
    expect(whole).toMatch(/PATH +\/opt\/bin\n +\/bin/)
    expect(whole).toMatch(/entrypoint +vim/)
    expect(short).not.toContain('/opt/bin')
  })

  it('ends with the digest and a command a tool', () => {
    const reference = 'oci://ghcr.io/me/cache:tools'
    const digest = `sha256:${'b'.repeat(64)}`
    const usage = [{ tool: 'docker', command: 'docker run --rm -it ghcr.io/me/cache:tools' }]
    const lines = describeActResult(plan(preview([vim])), {
      ...{ done: ['tools written'], failed: [], findings: [], bytes: 0, seconds: 0.2 },
      image: { reference, digest, usage },
    })
    expect(lines.slice(-3)).toEqual([
      `image   ${reference}`,
      `digest  ${digest}`,
      'docker  docker run --rm -it ghcr.io/me/cache:tools',
    ])
  })
})

describe('a composition that the command line changes', () => {
  const before = {
    roots: ['vim@9.0/abcdefg', 'lua', 'less'],
    base: 'debian:12',
    settings: { labels: { a: '1', b: '2' }, entrypoint: ['vim'], user: 'me' },
    variables: { A: 'x', B: 'y' },
    layerLimit: 60,
    squash: true,
  }

  it('adds the specs after its roots and leaves out those that are named', () => {
    expect(changedComposition(before, ['nano'], {}).roots).toEqual([...before.roots, 'nano'])
    expect(changedComposition(before, [], { without: ['vim', 'less'] }).roots).toEqual(['lua'])
    expect(changedComposition(before, [], { without: ['/abcd'] }).roots).toEqual(['lua', 'less'])
    expect(() => changedComposition(before, [], { without: ['luaa'] })).toThrow('no root luaa')
    expect(() => changedComposition(before, [], { without: ['/'] })).toThrow('no root /')
  })

  it('lets an option win, label by label and variable by variable, and keeps the rest', () => {
    const changed = changedComposition(before, [], {
      ...{ label: { b: '3' }, env: { B: 'z', C: 'w' }, command: ['-R'], maxLayers: 30, title: 'Tools' },
    })
    expect(changed).toMatchObject({
      settings: { labels: { a: '1', b: '3' }, entrypoint: ['vim'], command: ['-R'], user: 'me' },
      variables: { A: 'x', B: 'z', C: 'w' },
      ...{ base: 'debian:12', layerLimit: 30, title: 'Tools', squash: true },
    })
    expect(changedComposition(before, [], {})).toMatchObject(before)
  })

  it('takes one base in place of the other', () => {
    expect(changedComposition(before, [], { baseOf: 'tools' })).toMatchObject({ base: undefined, baseOf: 'tools' })
    const named = changedComposition({ roots: ['lua'], baseOf: 'tools' }, [], { baseImage: './base.tar' })
    expect(named).toMatchObject({ base: resolve('base.tar'), baseOf: undefined })
  })
})

describe('a place on this machine', () => {
  it('is a folder or a file by its end, and absolute', async () => {
    expect(await imageTarget('out/')).toBe(`oci-layout://${resolve('out')}`)
    expect(await imageTarget('./out.tar')).toBe(`docker-archive:${resolve('out.tar')}`)
    expect(await imageTarget('oci-archive:out')).toBe(`oci-archive:${resolve('out')}`)
    expect(await imageTarget('oci-layout:///a/b:tag')).toBe('oci-layout:///a/b:tag')
    await expect(imageTarget('no-such-thing')).rejects.toMatchObject({ code: 'usage' })
    const folder = await mkdtemp(join(tmpdir(), 'strata-target-'))
    try {
      expect(await imageTarget(folder)).toBe(`oci-layout://${folder}`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('leaves a reference what it is', () => {
    const references = ['oci://ghcr.io/me/cache', 'ghcr.io/me/cache', 'oci-layout:///tmp/cache', 'mirror']
    expect(references.map(absoluteTarget)).toEqual(references)
  })
})

describe('values of the command line', () => {
  it('takes a word or a JSON list of words, and refuses to guess where words end', () => {
    expect(['vim', '', '["vim", "-R"]', '[]'].map(parseWords)).toEqual([['vim'], [], ['vim', '-R'], []])
    for (const wrong of ['vim -R', '["vim"', '[1]', '[["a"]]']) expect(() => parseWords(wrong)).toThrow('JSON list')
  })

  it('takes NAME=VALUE, also with an = in the value, and the last of a name', () => {
    expect(collectPairs('A=2', collectPairs('B=x=y', collectPairs('A=1')))).toEqual({ A: '2', B: 'x=y' })
    for (const wrong of ['A', '=1']) expect(() => collectPairs(wrong)).toThrow('NAME=VALUE')
  })

  it('takes times and layers within their bounds', () => {
    expect(parseTime('2026-01-31T12:00:00+01:00')).toBe('2026-01-31T12:00:00+01:00')
    for (const wrong of ['now', '2026-01-31', '2026-13-31T12:00:00Z'])
      expect(() => parseTime(wrong)).toThrow('a time like')
    expect(parseLayers('127')).toBe(127)
    for (const wrong of ['0', '128', 'x']) expect(() => parseLayers(wrong)).toThrow('from 1 to 127')
  })
})
