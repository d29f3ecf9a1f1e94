export { default, metadata } from '../unauthorized';
