export { copy, embed, form, model, models, problem, problems, spent } from "../../i18n/zh-Hant.json";
