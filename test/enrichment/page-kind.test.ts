import { expect, it } from 'vitest';
import { classifyPage } from '../../lambdas/enrichment/page-kind.ts';

it.each([
  ['/', 'home', 'landing'],
  ['/index.html', 'home', 'landing'],
  ['/products', 'products', 'category'],
  ['/products/', 'products', 'category'],
  ['/Products/mug-7', 'products', 'detail'],
  ['/products.html', 'products', 'category'],
  ['/blog/2026/07/a-story', 'articles', 'detail'],
  ['/book/dentist', 'services', 'detail'],
  ['/checkout/payment', 'transactions', 'checkout'],
  ['/contact.html', 'contact', 'content'],
  ['/pricing', 'features', 'content'],
  ['/something/else', 'other', 'content'],
  ['/constructor', 'other', 'content'],
])('%s is of the category %s and the type %s', (path, category, type) => {
  expect(classifyPage(path)).toEqual({ category, type });
});
