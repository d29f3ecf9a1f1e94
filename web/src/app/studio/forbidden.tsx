export { default, metadata } from '../forbidden';
