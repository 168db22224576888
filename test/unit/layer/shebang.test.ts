import { expect, test } from 'vitest'
import { readShebang } from '../../../main/layer/shebang.ts'

const read = (text: string) => readShebang(Buffer.from(text))

test.each([
  ['#!/bin/sh\n', { paths: ['/bin/sh'] }],
  ['#! /usr/bin/perl -w\n', { paths: ['/usr/bin/perl'] }],
  ['#!/bin/sh', { paths: ['/bin/sh'] }],
  ['#!/bin/sh\r\n', { paths: ['/bin/sh'] }],
  ['#!/usr/bin/env python3\n', { paths: ['/usr/bin/env'], command: 'python3' }],
  ['#!/usr/bin/env -S LANG=C python3 -u\n', { paths: ['/usr/bin/env'], command: 'python3' }],
  ['#!/usr/bin/env /opt/tool\n', { paths: ['/usr/bin/env', '/opt/tool'] }],
  ['#!/usr/bin/env\n', { paths: ['/usr/bin/env'] }],
  ['#!/bin/sh /s/bin/sbang\n#!/s/perl -w\n', { paths: ['/bin/sh', '/s/bin/sbang', '/s/perl'] }],
  ['#!/bin/sh /s/bin/sbang\n--!/s/lua\n', { paths: ['/bin/sh', '/s/bin/sbang', '/s/lua'] }],
  ['#!/bin/sh /s/bin/sbang\n//!/s/node\n', { paths: ['/bin/sh', '/s/bin/sbang', '/s/node'] }],
  ['#!/bin/sh /s/bin/sbang\n<?php #!/s/php ?>\n', { paths: ['/bin/sh', '/s/bin/sbang', '/s/php'] }],
  [
    '#!/bin/sh /s/bin/sbang\n#!/usr/bin/env perl\n',
    { paths: ['/bin/sh', '/s/bin/sbang', '/usr/bin/env'], command: 'perl' },
  ],
])('%j asks for what it names', (text, asked) => {
  expect(read(text)).toEqual(asked)
})

test.each(['', '#', '#!', '#!\n', 'plain\n', '#!sh\n', '#!./tool\n', ' #!/bin/sh\n'])(
  '%j is no script that says by what it is run',
  (text) => {
    expect(read(text)).toBeUndefined()
  },
)
