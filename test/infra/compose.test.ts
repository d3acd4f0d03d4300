import { describe, expect, test } from '@jest/globals'
import { at, canRun, documentsIn, type Fields, infra, onlyOf, run, serviceNames, textOf } from './read-infra.ts'

const [compose] = documentsIn(textOf('compose.yaml')) as [Fields]
const containers = Object.entries(compose.services as Record<string, Fields>)
const own = containers.filter(([, { image }]) => image === 'perennial')
/** Ends when it has done its work. */
const once = ['passwords']

describe('Perennial with Docker Compose', () => {
  test('runs each service of the engine in a container of its name', async () => {
    expect(own.map(([name]) => name).toSorted()).toEqual(await serviceNames())
    for (const [name, { command }] of own) expect(onlyOf(command)).toEqual([name])
  })

  test.each(own)('%s can write nothing but its data, and is nobody', (_, container) => {
    expect(container).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    // The user is that of the image.
    expect(container.user).toBeUndefined()
  })

  test.each(own)('%s has a volume of its own, which no other service has', (name, { volumes }) => {
    expect(volumes).toContain(`${name}:/data`)
    expect(own.filter(([, other]) => (other.volumes as string[]).includes(`${name}:/data`))).toHaveLength(1)
  })

  test.each(own)('%s waits until the servers answer', (_, container) => {
    const needs = container.depends_on as Fields
    expect(Object.keys(needs).toSorted()).toEqual(['kafka', 'kurrentdb', 'passwords', 'postgres'])
    for (const [name, need] of Object.entries(needs)) {
      expect(at(need, 'condition')).toBe(once.includes(name) ? 'service_completed_successfully' : 'service_healthy')
    }
  })

  test.each(own)('%s tells where the image asks whether it lives', (name, container) => {
    const port = at(container, 'environment', 'PERENNIAL_OPERATIONS_PORT')
    // The image asks the port of the API where there is no other.
    expect(port).toBe(name === 'api' ? undefined : 9464)
  })

  test.each(containers)('%s has a limit of memory and processor', (_, container) => {
    const limits = at(container, 'deploy', 'resources', 'limits') as Fields
    expect(Object.keys(limits).toSorted()).toEqual(['cpus', 'memory'])
  })

  test.each(containers.filter(([name]) => !once.includes(name)))('%s is started again, and asked whether it lives', (_, container) => {
    expect(container.restart).toBe('unless-stopped')
    expect(container.image === 'perennial' || container.healthcheck !== undefined).toBe(true)
  })

  test.each(containers.filter(([, { image }]) => image !== 'perennial'))('%s has a version that is said', (_, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?$/)
  })

  test.each(containers)('%s listens to this machine only', (_, { ports = [] }) => {
    for (const port of ports as string[]) expect(port).toMatch(/^127\.0\.0\.1:/)
  })

  test('every volume that is used is there, and used', () => {
    const used = containers.flatMap(([, { volumes = [] }]) => (volumes as string[]).map((volume) => volume.split(':')[0] as string))
    const named = new Set(used.filter((name) => !name.startsWith('.')))
    expect([...named].toSorted()).toEqual(Object.keys(compose.volumes as Fields).toSorted())
  })
})

const possible = canRun('docker', ['compose', 'version'])
;(possible ? test : test.skip)('docker compose takes the file', () => {
  expect(run('docker', ['compose', '--file', `${infra}compose.yaml`, 'config', '--quiet'])).toBe('')
})
