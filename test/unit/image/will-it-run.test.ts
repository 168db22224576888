import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../main/api/models.ts'
import { baseSystem } from '../../../main/image/base-system.ts'
import { libcName, runFindings } from '../../../main/image/run-findings.ts'
import { type RunPackage, willItRun } from '../../../main/image/will-it-run.ts'
import type { RawMember } from '../../support/raw-tar.ts'
import {
  debianBase,
  file,
  libraryFile,
  link,
  nodeOf,
  packageOf,
  prefixOf,
  programFile,
  summaryOf,
} from '../../support/run-layers.ts'

const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }

/** A base of these layers. */
async function baseOf(...layers: readonly (readonly RawMember[])[]) {
  const summaries = await Promise.all(layers.map(summaryOf))
  return baseSystem({ architecture: 'amd64', config }, summaries)
}

async function findingsOf(
  packages: readonly (RunPackage | Promise<RunPackage>)[],
  ...layers: readonly (readonly RawMember[])[]
): Promise<Finding[]> {
  const base = await baseOf(...layers)
  return runFindings(willItRun(await Promise.all(packages), base), base)
}

const messages = (findings: readonly Finding[]): string[] => findings.map(({ message }) => message)

const needsGlibc = (minor: number) => ({
  needed: ['libc.so.6'],
  versions: [{ library: 'libc.so.6', versions: ['GLIBC_2.2.5', `GLIBC_2.${minor}`] }],
})

describe('the C library', () => {
  const less = () =>
    packageOf('less', [programFile('bin/less', needsGlibc(38)), programFile('bin/lesskey', needsGlibc(34))])

  test('that is new enough is found fit', async () => {
    expect(await findingsOf([less()], debianBase(38))).toEqual([])
    expect(await findingsOf([less()], debianBase(39))).toEqual([])
  })

  test('that is older is said with both versions, the file, and bases that would do', async () => {
    expect(await findingsOf([less()], debianBase(36))).toEqual([
      {
        severity: 'warning',
        message: 'less@1.0 (bin/less) needs GLIBC_2.38, and the base has glibc 2.36',
        hint: 'Choose a base with glibc 2.38 or newer: ubuntu:24.04 (2.39), debian:13 (2.41), fedora:42 (2.41) and opensuse/leap:15.6 (2.38).',
        hash: 'hash-less',
      },
    ])
  })

  test('is one finding for all packages, with the highest version that they need', async () => {
    const others = ['a', 'b', 'c', 'd'].map((name) => packageOf(name, [programFile(`bin/${name}`, needsGlibc(36))]))
    expect(messages(await findingsOf([less(), ...others], debianBase(34)))).toEqual([
      'less@1.0 (bin/less), a@1.0 (bin/a), b@1.0 (bin/b) and 2 more packages need GLIBC_2.38, and the base has glibc 2.34',
    ])
  })

  test('is told by any of its libraries: a release may add to one alone', async () => {
    const folder = 'usr/lib/x86_64-linux-gnu'
    const libm = libraryFile(`${folder}/libm.so.6`, { soname: 'libm.so.6', defines: ['libm.so.6', 'GLIBC_2.40'] })
    expect(libcName(await baseOf(debianBase(39, [libm])))).toBe('glibc 2.40')
  })

  test('of another kind is said once, whatever parts of it are needed', async () => {
    const musl = [
      { name: 'etc/os-release', content: 'PRETTY_NAME="Alpine Linux v3.19"\nID=alpine\n' },
      libraryFile('lib/ld-musl-x86_64.so.1', { soname: 'libc.musl-x86_64.so.1' }),
    ]
    const library = libraryFile('lib/libdemo.so', { needed: ['libm.so.6', 'libc.so.6'] })
    const findings = await findingsOf([packageOf('demo', [programFile('bin/demo', needsGlibc(34)), library])], musl)
    expect(messages(findings)).toEqual([
      'demo@1.0 (bin/demo and 1 more) is linked with glibc, and the base (Alpine Linux v3.19) has musl',
    ])
    expect(findings[0]?.hint).toMatch(/^Choose a base with glibc 2.34 or newer: ubuntu:24.04/)
    const own = [programFile('bin/demo', { needed: ['libc.musl-x86_64.so.1'] }, '/lib/ld-musl-x86_64.so.1')]
    expect(await findingsOf([packageOf('demo', own)], musl)).toEqual([])
    expect(messages(await findingsOf([packageOf('demo', own)], debianBase(36)))).toEqual([
      'demo@1.0 (bin/demo) is linked with musl, and the base (Debian GNU/Linux 12 (bookworm)) has glibc 2.36',
    ])
  })

  test('is not asked for by a static program, an object file or one for another machine', async () => {
    const members = [
      programFile('bin/static', {}),
      libraryFile('lib/crt1.o', needsGlibc(99), { type: 1 }),
      libraryFile('lib/arm/libdemo.so', needsGlibc(99), { machine: 183 }),
    ]
    expect(await findingsOf([packageOf('demo', members)], debianBase(36))).toEqual([])
  })
})

describe('libraries', () => {
  const user = (runPath: Readonly<Record<string, string>>, needs: readonly string[] = ['zlib']) =>
    packageOf('user', [programFile('bin/user', { needed: ['libz.so.1'], ...runPath })], needs)
  const zlib = () =>
    packageOf('zlib', [libraryFile('lib/libz.so.1.3', { soname: 'libz.so.1' }), link('lib/libz.so.1', 'libz.so.1.3')])

  test('are found by either run path, by $ORIGIN, and through links', async () => {
    for (const path of [
      `/${prefixOf('zlib')}/lib`,
      '$ORIGIN/../../zlib-1.0/lib',
      `/nowhere:$${'{ORIGIN}'}/../../zlib-1.0/lib/`,
    ]) {
      expect(await findingsOf([user({ rpath: path }), zlib()], debianBase(36))).toEqual([])
      expect(await findingsOf([user({ runpath: path }), zlib()], debianBase(36))).toEqual([])
    }
  })

  test('are found where the base says that libraries are', async () => {
    const here = libraryFile('opt/libs/libz.so.1', {})
    const conf = { name: 'etc/ld.so.conf.d/local.conf', content: '# ours\n/opt/libs\n' }
    expect(await findingsOf([user({}, [])], debianBase(36, [here, conf]))).toEqual([])
    expect(messages(await findingsOf([user({}, [])], debianBase(36, [here])))).toEqual([
      'user@1.0 (bin/user) needs libz.so.1, which neither the packages nor the base have',
    ])
  })

  test('for another machine are passed over', async () => {
    const wrong = libraryFile('usr/lib/libz.so.1', {}, { machine: 183 })
    expect(await findingsOf([user({}, [])], debianBase(36, [wrong]))).toHaveLength(1)
  })

  test('that are nowhere come with the packages that would bring them, by the base’s distribution', async () => {
    const [debian] = await findingsOf([user({}, [])], debianBase(36))
    expect(debian?.hint).toContain('apt-get install zlib1g.')
    const release = {
      name: 'etc/os-release',
      content: 'PRETTY_NAME="Rocky Linux 9.4"\nID="rocky"\nID_LIKE="rhel centos fedora"\n',
    }
    const [rocky] = await findingsOf([user({}, [])], debianBase(36), [release])
    expect(rocky?.hint).toContain("dnf install 'libz.so.1()(64bit)'.")
  })

  test('of a package that is off the run path are a note for programs, and nothing for what programs load', async () => {
    const [finding] = await findingsOf([user({}), zlib()], debianBase(36))
    expect(finding?.severity).toBe('note')
    expect(finding?.message).toBe('user@1.0 (bin/user) needs libz.so.1, which zlib has, but not on the run path')
    const plugin = packageOf('plugin', [libraryFile('lib/plugin.so', { needed: ['libz.so.1'] })], ['zlib'])
    expect(await findingsOf([plugin, zlib()], debianBase(36))).toEqual([])
  })

  test('are asked for versions where they are found first: in a package before the base', async () => {
    const runtime = (...releases: readonly number[]) =>
      libraryFile('lib/libstdc++.so.6', {
        soname: 'libstdc++.so.6',
        defines: ['libstdc++.so.6', 'GLIBCXX_3.4', ...releases.map((one) => `GLIBCXX_3.4.${one}`), 'CXXABI_1.3'],
      })
    const inBase = { ...runtime(30), name: 'usr/lib/x86_64-linux-gnu/libstdc++.so.6' }
    const needs = (path: string) => ({
      needed: ['libstdc++.so.6'],
      runpath: path,
      versions: [{ library: 'libstdc++.so.6', versions: ['GLIBCXX_3.4', 'GLIBCXX_3.4.32'] }],
    })
    const program = (path: string) => packageOf('tool', [programFile('bin/tool', needs(path))], ['gcc-runtime'])
    const own = `/${prefixOf('gcc-runtime')}/lib`
    expect(
      await findingsOf([program(own), packageOf('gcc-runtime', [runtime(32, 33)])], debianBase(36, [inBase])),
    ).toEqual([])
    const old = await findingsOf([program(own), packageOf('gcc-runtime', [runtime(29)])], debianBase(36, [inBase]))
    expect(messages(old)).toEqual([
      'tool@1.0 (bin/tool) needs GLIBCXX_3.4.32, and libstdc++.so.6 of gcc-runtime has no more than GLIBCXX_3.4.29',
    ])
    const [base] = await findingsOf([program('/nowhere')], debianBase(36, [inBase]))
    expect(base?.message).toBe(
      'tool@1.0 (bin/tool) needs GLIBCXX_3.4.32, and libstdc++.so.6 of the base has no more than GLIBCXX_3.4.30',
    )
    expect(base?.hint).toContain('ubuntu:24.04 (3.4.33), debian:13 (3.4.33)')
  })

  test('without versions of their own satisfy every need, as the dynamic linker has it', async () => {
    const plain = libraryFile('usr/lib/libz.so.1', { soname: 'libz.so.1' })
    const asks = { needed: ['libz.so.1'], versions: [{ library: 'libz.so.1', versions: ['ZLIB_1.2.9'] }] }
    expect(await findingsOf([packageOf('user', [programFile('bin/user', asks)])], debianBase(36, [plain]))).toEqual([])
  })

  test('of the machine’s driver are a note that says how they come', async () => {
    const gpu = packageOf('gpu', [programFile('bin/gpu', { needed: ['libcuda.so.1'] })])
    const [finding] = await findingsOf([gpu], debianBase(36))
    expect(finding).toMatchObject({ severity: 'note', hint: expect.stringContaining('--nv') })
  })
})

describe('what starts a file', () => {
  test('is missed where a program’s dynamic linker is not there', async () => {
    const program = programFile('bin/demo', {}, '/nix/store/ld-linux-x86-64.so.2')
    expect(messages(await findingsOf([packageOf('demo', [program])], debianBase(36)))).toEqual([
      'demo@1.0 (bin/demo) is started by /nix/store/ld-linux-x86-64.so.2, which neither the packages nor the base have',
    ])
  })

  test('is found for scripts through links of the base and in packages', async () => {
    const members = [
      file('bin/one', '#!/bin/sh\n'),
      file('bin/two', `#! /${prefixOf('lua')}/bin/lua -e\n`),
      file('bin/three', '#!/usr/bin/env -S LANG=C lua -i\n'),
      file('bin/data', 'no script\n'),
    ]
    const lua = packageOf('lua', [programFile('bin/lua', { needed: ['libc.so.6'] })])
    expect(await findingsOf([packageOf('demo', members), lua], debianBase(36))).toEqual([])
  })

  test('is missed for scripts, with the package that would bring it', async () => {
    const members = [
      file('bin/one', '#!/usr/bin/perl -w\n'),
      file('bin/two', '#!/usr/bin/env python3\n'),
      { name: 'lib/module.pl', content: '#!/usr/bin/no-perl\n', mode: 0o644 },
    ]
    expect(await findingsOf([packageOf('demo', members)], debianBase(36))).toEqual([
      {
        severity: 'warning',
        message: 'demo@1.0 (bin/one) is run by /usr/bin/perl, which neither the packages nor the base have',
        hint: 'Choose a base that has it, or make one: apt-get install perl.',
        hash: 'hash-demo',
      },
      {
        severity: 'warning',
        message: 'demo@1.0 (bin/two) is run by python3, which is in no folder of PATH',
        hint: 'Choose a base that has it, or make one: apt-get install python3. Or add python to the image: its bin comes into PATH.',
        hash: 'hash-demo',
      },
    ])
  })

  test('is sbang, which no image has', async () => {
    const script = file('bin/long', `#!/bin/sh /store/bin/sbang\n#!/${prefixOf('demo')}/bin/tool\n`)
    const [finding, ...more] = await findingsOf([packageOf('demo', [script, file('bin/tool')])], debianBase(36))
    expect(more).toEqual([])
    expect(finding?.message).toBe(
      'demo@1.0 (bin/long) is run by /store/bin/sbang, which neither the packages nor the base have',
    )
    expect(finding?.hint).toContain('Spack puts it into its store and into no image')
    const sbang = file('store/bin/sbang', '#!/bin/sh\n')
    expect(await findingsOf([packageOf('demo', [script, file('bin/tool')])], debianBase(36, [sbang]))).toEqual([])
    expect(messages(await findingsOf([packageOf('demo', [script])], debianBase(36, [sbang])))).toEqual([
      `demo@1.0 (bin/long) is run by /${prefixOf('demo')}/bin/tool, which neither the packages nor the base have`,
    ])
  })

  test('of examples, tests and data is one note a package', async () => {
    const members = [
      file('share/demo/a.pl', '#!/usr/bin/perl\n'),
      file('share/demo/b.pl', '#!/usr/bin/perl\n'),
      programFile('lib/demo/tests/check', { needed: ['libcheck.so.0'] }),
    ]
    expect(await findingsOf([packageOf('demo', members)], debianBase(36))).toEqual([
      {
        severity: 'note',
        message:
          'demo@1.0 has 3 files beside its programs (in share, examples or tests) that would not run: there is no libcheck.so.0 for lib/demo/tests/check and /usr/bin/perl for share/demo/a.pl',
        hash: 'hash-demo',
      },
    ])
  })
})

describe('Perl’s modules', () => {
  const perl = programFile('usr/bin/perl', { needed: ['libc.so.6'] })
  const module = (path: string): RawMember => ({ name: path, content: '1;' })
  const base = (...more: readonly RawMember[]) =>
    debianBase(36, [perl, module('usr/lib/x86_64-linux-gnu/perl-base/strict.pm'), ...more])
  const cowsay = (name = 'cowsay') =>
    packageOf(name, [
      file(`bin/${name}`, '#!/usr/bin/perl\nuse strict;\nuse Getopt::Std;\nuse Text::Tabs qw(expand);\n'),
    ])

  test('that are nowhere are said, for all packages at once, with what would bring them', async () => {
    const long = packageOf('long', [file('bin/long', '#!/usr/bin/env perl\nuse Getopt::Long;\n')], ['perl'])
    expect(await findingsOf([cowsay()], base())).toEqual([
      {
        severity: 'warning',
        message:
          'cowsay@1.0 (bin/cowsay) uses the Perl modules Getopt::Std and Text::Tabs, which neither the packages nor the base have',
        hint: 'Choose a base that has it, or make one: apt-get install perl. Or have Spack build it with perl of its own.',
        hash: 'hash-cowsay',
      },
    ])
    const [both, ...more] = await findingsOf([cowsay(), long], base())
    expect(more).toEqual([])
    expect(both?.message).toBe(
      'cowsay@1.0 (bin/cowsay) and long@1.0 (bin/long) use the Perl modules Getopt::Std, Text::Tabs and Getopt::Long, which neither the packages nor the base have',
    )
    expect(both?.hint).toContain('It was built with perl, which is not in the image')
  })

  test('are found in any folder of the base, of the package itself and of others', async () => {
    const std = module('usr/share/perl/5.36.0/Getopt/Std.pm')
    const tabs = module('lib/site_perl/5.36.0/Text/Tabs.pm')
    expect(await findingsOf([cowsay(), packageOf('perl-text', [tabs])], base(std))).toEqual([])
    const own = file('bin/own', '#!/usr/bin/perl\nuse Own::Part;\n')
    expect(await findingsOf([packageOf('own', [own, module('share/own/Own/Part.pm')])], base())).toEqual([])
  })

  test('are not taken for others whose names end alike', async () => {
    const others = [module('usr/share/perl5/My/Getopt.pm'), module('usr/share/perl5/NoGetopt/Std.pm')]
    const tabs = module('usr/share/perl5/Text/Tabs.pm')
    expect(messages(await findingsOf([cowsay()], base(...others, tabs)))).toEqual([
      'cowsay@1.0 (bin/cowsay) uses the Perl module Getopt::Std, which neither the packages nor the base have',
    ])
  })

  test('are not asked for where perl is missing, or where not all modules are known', async () => {
    expect(messages(await findingsOf([cowsay()], debianBase(36)))).toEqual([
      'cowsay@1.0 (bin/cowsay) is run by /usr/bin/perl, which neither the packages nor the base have',
    ])
    const unseen = { node: nodeOf('unseen'), summary: undefined }
    expect(await findingsOf([cowsay(), unseen], base())).toEqual([])
    const crowded = await packageOf('crowded', [file('bin/crowded')])
    const summary = crowded.summary && { ...crowded.summary, modules: undefined }
    expect(await findingsOf([cowsay(), { ...crowded, summary }], base())).toEqual([])
  })

  test('are named to rpm as it knows them, and to Debian where its perl has all of its own', async () => {
    const release = { name: 'etc/os-release', content: 'PRETTY_NAME="Fedora Linux 42"\nID=fedora\n' }
    const [fedora] = await findingsOf([cowsay()], base(), [release])
    expect(fedora?.hint).toContain("dnf install 'perl(Getopt::Std)' 'perl(Text::Tabs)'.")
    const whole = base(module('usr/share/perl/5.36.0/Getopt/Std.pm'))
    const [debian] = await findingsOf([cowsay()], whole)
    expect(debian?.hint).toContain('apt-file search Text/Tabs.pm')
  })
})

describe('what was not looked into', () => {
  test('takes the packages that need it out of the judgement, and no others', async () => {
    const missing = { needed: ['libgone.so.1'] }
    const user = packageOf('user', [programFile('bin/user', missing)], ['unknown'])
    const unknown = { node: nodeOf('unknown'), summary: undefined }
    const other = packageOf('other', [programFile('bin/other', missing)])
    expect(messages(await findingsOf([user, unknown, other], debianBase(36)))).toEqual([
      'other@1.0 (bin/other) needs libgone.so.1, which neither the packages nor the base have',
    ])
  })
})

describe('layers of a base', () => {
  const shell = () => packageOf('demo', [file('bin/demo', '#!/bin/sh\n')])

  test('replace and delete what is below', async () => {
    expect(await findingsOf([shell()], debianBase(36), [{ name: 'usr/bin/.wh.sh' }])).toHaveLength(1)
    expect(await findingsOf([shell()], debianBase(36), [{ name: 'usr/bin/.wh..wh..opq' }])).toHaveLength(1)
    expect(await findingsOf([shell()], debianBase(36), [{ name: 'usr/.wh.bin' }])).toHaveLength(1)
    expect(await findingsOf([shell()], debianBase(36), [{ name: 'usr/bin/.wh.sh' }, file('usr/bin/sh')])).toEqual([])
  })

  test('land where links at the root lead', async () => {
    expect(await findingsOf([shell()], debianBase(36), [{ name: 'usr/bin/.wh.sh' }], [file('bin/sh')])).toEqual([])
  })

  test('may lead in circles', async () => {
    const circles = [link('usr/bin/sh', 'ash'), link('usr/bin/ash', 'sh'), link('opt', 'srv/x'), link('srv', 'opt/y')]
    expect(await findingsOf([shell()], debianBase(36), circles)).toHaveLength(1)
    const lost = packageOf('lost', [file('bin/lost', '#!/opt/tool\n')])
    expect(await findingsOf([lost], debianBase(36), circles)).toHaveLength(1)
  })
})
