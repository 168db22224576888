import { expect, test } from 'vitest'
import { readPerlModules } from '../../../main/layer/perl-modules.ts'
import { readShebang } from '../../../main/layer/shebang.ts'

function modulesOf(text: string): readonly string[] | undefined {
  const start = Buffer.from(text)
  const shebang = readShebang(start)
  return shebang && readPerlModules(start, shebang)
}

const perl = (...lines: readonly string[]) => modulesOf(['#!/usr/bin/perl -w', ...lines, ''].join('\n'))

test.each([
  ['use strict;', 'strict'],
  ['use Getopt::Std;  # options', 'Getopt::Std'],
  ['use Text::Tabs qw(expand);', 'Text::Tabs'],
  ['use Text::Wrap qw(wrap', 'Text::Wrap'],
  ["use POSIX ':limits_h';", 'POSIX'],
  ['use JSON::PP 4.0 ();', 'JSON::PP'],
  ['use Dpkg ();', 'Dpkg'],
  ['use constant { ONE => 1 };', undefined],
  ['use constant(ONE => 1);', 'constant'],
  ['require Getopt::Long;', 'Getopt::Long'],
  ['use 5.010;', undefined],
  ['use v5.36;', undefined],
  ['require "lib.pl";', undefined],
  ['require POSIX if $x;', undefined],
  ['use that variable in the file.', undefined],
  ['# use Gone;', undefined],
])('%j asks for %j', (line, module) => {
  expect(perl(line)).toEqual(module === undefined ? [] : [module])
})

test.each([
  ['an eval on the same line', ['eval { require Gone; };', "eval 'use Gone';"]],
  [
    'an eval of several lines',
    ['eval {', 'require Gone;', '};', "eval '", 'use Gone;', "';", 'eval q{', 'use Gone;', '};'],
  ],
  ['a condition', ['if ($x) {', 'require Gone;', '}']],
  ['an indented line', ['sub f {', '    require Gone;', '}', '    use Gone;']],
  ['POD', ['=head1 SYNOPSIS', '', 'use Gone;', '', '=cut', '']],
  ['a here document', ['print <<"EOF";', 'use Gone;', 'EOF', 'print <<~END . "x";', 'use Gone;', '  END']],
  ['a string of several lines', ['print "', 'use Gone;', '";']],
  ['what follows the end', ['__END__', 'use Gone;']],
  ['what follows the end, as data', ['__DATA__', 'use Gone;']],
])('%s is not counted, and what follows is', (what, lines) => {
  const isEnd = what.startsWith('what follows')
  expect(perl('use Before;', ...lines, 'use After;')).toEqual(isEnd ? ['Before'] : ['Before', 'After'])
})

test.each([
  'use lib "/opt/lib";',
  'use FindBin;',
  '    use local::lib;',
  'BEGIN { unshift @INC, "/opt/lib" }',
  'push(@INC, $folder);',
  '$INC{"Gone.pm"} = 1;',
  '$ENV{PERL5LIB} = "/opt";',
])('a script that looks for its modules itself says nothing: %s', (line) => {
  expect(perl('use Before;', line, 'use After;')).toBeUndefined()
})

test('a script that takes the working folder out of them is like any other', () => {
  expect(perl("BEGIN { pop @INC if $INC[-1] eq '.' }", 'use Getopt::Std;')).toEqual(['Getopt::Std'])
})

test.each([
  ['#!/usr/bin/env perl\nuse A;\n', ['A']],
  ['#!/usr/bin/perl5.36.0\r\nuse A;\r\n', ['A']],
  ['#!/bin/sh /s/bin/sbang\n#!/long/bin/perl -w\nuse A;\n', ['A']],
  [`#!/usr/bin/perl\neval 'exec /usr/bin/perl -S $0 \${1+"$@"}'\n    if 0;\nuse A;\n`, ['A']],
  ['#!/usr/bin/perl -I/opt/lib\nuse A;\n', undefined],
  ['#!/bin/sh\nuse A;\n', undefined],
  ['#!/usr/bin/perltidy\nuse A;\n', undefined],
])('%j is run by perl or not', (text, modules) => {
  expect(modulesOf(text)).toEqual(modules)
})

test('of a long script only the beginning is read', () => {
  expect(perl('use A;', '#'.repeat(70_000), 'use B;')).toEqual(['A'])
})
