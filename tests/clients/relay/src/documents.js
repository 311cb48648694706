// What an application of Relay's would say; the compiler reads it, and nothing runs it.
import { graphql } from "relay-runtime";

graphql`
  fragment documentsPicture on Image {
    id
    url
    favorite
    source { id }
  }
`;

// Pages that join to one list in the store.
graphql`
  fragment documentsGallery on Query
  @refetchable(queryName: "documentsGalleryPageQuery")
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 2 }
    after: { type: "String" }
    search: { type: "String" }
  ) {
    gallery(first: $first, after: $after, filter: { search: $search })
      @connection(key: "documents_gallery", filters: ["filter"]) {
      totalCount
      edges {
        node { ...documentsPicture }
      }
    }
  }
`;

graphql`
  query documentsGalleryQuery($search: String) {
    ...documentsGallery @arguments(search: $search)
  }
`;

// Asked again by its id, through \`node\`.
graphql`
  fragment documentsWork on Generation @refetchable(queryName: "documentsWorkRefetchQuery") {
    id
    status
    progress
    error { code message }
    image { ...documentsPicture }
  }
`;

graphql`
  fragment documentsItems on Batch
  @refetchable(queryName: "documentsItemsPageQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" }) {
    status
    generations(first: $first, after: $after) @connection(key: "documents_generations") {
      edges {
        node { ...documentsWork }
      }
    }
  }
`;

graphql`
  query documentsAnythingQuery($id: ID!) {
    node(id: $id) {
      __typename
      ...documentsPicture @alias(as: "picture")
      ...documentsWork @alias(as: "work")
      ...documentsItems @alias(as: "items")
    }
  }
`;

graphql`
  mutation documentsGenerateMutation($input: GenerateInput!) {
    generate(input: $input) {
      generation { ...documentsWork }
    }
  }
`;

graphql`
  mutation documentsBatchMutation($input: GenerateBatchInput!) {
    generateBatch(input: $input) {
      batch { id total ...documentsItems }
    }
  }
`;

graphql`
  mutation documentsMarkMutation($input: UpdateImageInput!) {
    updateImage(input: $input) {
      image { ...documentsPicture }
    }
  }
`;

graphql`
  mutation documentsDeleteMutation($ids: [ID!]!, $connections: [ID!]!) {
    deleteImages(ids: $ids) {
      deletedIds @deleteEdge(connections: $connections)
    }
  }
`;

graphql`
  subscription documentsProgressSubscription($id: ID!) {
    generationProgress(id: $id) {
      sequence
      progress
      generation { ...documentsWork }
    }
  }
`;

graphql`
  subscription documentsBatchProgressSubscription($id: ID!) {
    batchProgress(id: $id) {
      sequence
      progress
      batch { status succeeded }
      generation { ...documentsWork }
    }
  }
`;

// A new picture goes to the top of the list.
graphql`
  subscription documentsAddedSubscription($connections: [ID!]!) {
    imageAdded
      @prependNode(connections: $connections, edgeTypeName: "ImageEdge") {
      ...documentsPicture
    }
  }
`;
