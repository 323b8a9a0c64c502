export { copy, embed, form, model, models, problem, problems, spent } from "../../i18n/en.json";
