import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/ask";
import { PlansDocument } from "../../api/generated/graphql";

export function usePlans() {
  return useQuery({ queryKey: ["plans"], queryFn: async ({ signal }) => (await ask(PlansDocument, {}, signal)).plans ?? [] });
}
