import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discounted } from './discount.mjs';

test('takes a quarter off', () => assert.equal(discounted(1000, 25), 750));
test('is never below zero', () => assert.equal(discounted(1000, 150), 0));
