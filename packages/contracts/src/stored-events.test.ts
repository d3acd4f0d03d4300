import { describe, expect, test } from '@jest/globals'
import { currentVersions, storedData, type Upcasters, upcast, upcasters } from './stored-events.ts'

const unknown = expect.objectContaining({ code: 'stored-event-unknown' })

describe('an event of today is read as it stands', () => {
  test.each(Object.entries(currentVersions))('%s, version %d', (type, version) => {
    const data = { any: 'thing' }
    expect(upcast(type, version, data)).toBe(data)
  })

  test('every stored type has a current version, and an upcaster from each older one', () => {
    expect(Object.keys(currentVersions).sort()).toEqual(Object.keys(storedData).sort())
    for (const [type, version] of Object.entries(currentVersions)) expect((upcasters[type] ?? []).length).toBe(version - 1)
  })
})

describe('an event of an older version is brought up to date', () => {
  // A future in which points of sale got a name of their own in version 2, and a country in version 3.
  const versions = { ...currentVersions, PurchaseRecorded: 3 }
  const registry: Upcasters = {
    PurchaseRecorded: [
      (data) => {
        const { storeId, ...rest } = data as { storeId?: string }
        return { ...rest, pointOfSale: storeId ?? 'unknown' }
      },
      (data) => ({ ...(data as object), country: 'GB' }),
    ],
  }
  const read = (version: number, data: unknown) => upcast('PurchaseRecorded', version, data, registry, versions)

  test('version 1 goes through both steps', () => {
    expect(read(1, { orderId: 'o1', storeId: 'york', note: 'kept' })).toEqual({
      orderId: 'o1',
      pointOfSale: 'york',
      note: 'kept',
      country: 'GB',
    })
  })

  test('version 2 goes through the second only', () => {
    expect(read(2, { orderId: 'o1', pointOfSale: 'york' })).toEqual({ orderId: 'o1', pointOfSale: 'york', country: 'GB' })
  })

  test('version 3 is left alone', () => {
    const data = { orderId: 'o1' }
    expect(read(3, data)).toBe(data)
  })

  test('what stands in the log is not touched', () => {
    const data = Object.freeze({ orderId: 'o1', storeId: 'york' })
    read(1, data)
    expect(data).toEqual({ orderId: 'o1', storeId: 'york' })
  })

  test('a version for which a step is missing is refused rather than guessed', () => {
    const gap = { PurchaseRecorded: (registry.PurchaseRecorded ?? []).slice(0, 1) }
    expect(() => upcast('PurchaseRecorded', 1, {}, gap, versions)).toThrow(unknown)
    expect(() => upcast('PurchaseRecorded', 2, {}, gap, versions)).toThrow(unknown)
  })
})

describe('what this code is too old for is refused', () => {
  test.each([
    ['a newer version', 'PurchaseRecorded', 2],
    ['a version that never was', 'PurchaseRecorded', 0],
    ['a type of tomorrow', 'PointsTransferred', 1],
  ])('%s', (_, type, version) => {
    expect(() => upcast(type, version, {})).toThrow(unknown)
  })

  test('and the reason names the type and both versions', () => {
    expect(() => upcast('PurchaseRecorded', 7, {})).toThrow(/PurchaseRecorded, version 7; this code reads up to 1/)
  })
})
