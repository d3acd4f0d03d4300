import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { textOf } from './read-infra.ts'

const dockerfile = textOf('Dockerfile')
/** The last of an instruction, without its name; lines that are continued are one. */
function instruction(name: string): string {
  const lines = dockerfile.replaceAll('\\\n', ' ').split('\n')
  return lines.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? ''
}

describe('the image', () => {
  test('is made with the Node.js that the repository is developed with', () => {
    const { devDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    const [, minor] = /^ARG NODE=(\d+\.\d+)$/m.exec(dockerfile) ?? []
    expect(devDependencies.node).toMatch(new RegExp(`^\\^${minor?.replace('.', '\\.')}\\.`))
    for (const line of dockerfile.match(/^FROM .*/gm) ?? []) expect(line).toMatch(/^FROM node:\$\{NODE\}-slim( AS \w+)?$/)
  })

  test('installs what the lock file says, and nothing for development', () => {
    expect(dockerfile).toMatch(/^RUN npm ci --omit=dev /m)
  })

  test('does not run as root', () => {
    expect(instruction('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  test('starts Perennial itself, so that SIGTERM reaches it', () => {
    const entrypoint: string[] = JSON.parse(instruction('ENTRYPOINT'))
    expect(entrypoint[0]).toBe('node')
    const program = (entrypoint[1] as string).replace('/app/', '../../')
    expect(readFileSync(new URL(program, import.meta.url), 'utf8')).toContain('main')
  })

  test('is asked whether it lives', () => {
    const [, command] = /CMD (\[.*\])$/.exec(instruction('HEALTHCHECK')) ?? []
    const [node, flag, script] = JSON.parse(command ?? '[]')
    expect([node, flag]).toEqual(['node', '-e'])
    expect(script).toContain('/health/live')
    expect(() => new Function(script)).not.toThrow()
  })
})
