using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Sidecar.Api;
using Jiceng.Sidecar.Publishing;
using Jiceng.Sidecar.Subscriptions;
using Dapr.Client.Autogen.Grpc.v1;

namespace Jiceng.Sidecar.Rpc;

/// <summary>The gRPC API of the sidecar; unsupported methods return UNIMPLEMENTED.</summary>
internal sealed class DaprRpc(AppSidecar sidecar) : DaprBase
{
    public override Task<Empty> PublishEvent(PublishEventRequest request, ServerCallContext context) => GuardAsync(async () =>
    {
        var pubsub = sidecar.Publisher.Find(request.PubsubName, request.Topic);
        var trace = RpcTrace.Read(context.RequestHeaders);
        var metadata = Map(request.Metadata);
        var raw = Publisher.IsRaw(pubsub, metadata);
        if (raw) (metadata!["traceid"], metadata["tracestate"]) = (trace.Parent, trace.State);
        var message = new Outgoing(request.DataContentType, request.Data.Memory, metadata, raw);
        await sidecar.Publisher.PublishAsync(pubsub, request.Topic, message, trace, context.CancellationToken);
        return new Empty();
    });

    public override Task<BulkPublishResponse> BulkPublishEvent(BulkPublishRequest request, ServerCallContext context) => GuardAsync(async () =>
    {
        var pubsub = sidecar.Publisher.Find(request.PubsubName, request.Topic);
        var common = Map(request.Metadata);
        var raw = Publisher.IsRaw(pubsub, common);
        var ids = new HashSet<string>();
        if (!request.Entries.All(entry => entry.EntryId.Length > 0 && ids.Add(entry.EntryId)))
            throw ApiError.EntryIds(pubsub.Name, request.Topic, "entryId is duplicated or not present for entry");

        var entries = request.Entries.Select(entry => ToBulkEntry(entry, common, raw)).ToList();
        var failed = await sidecar.Publisher.PublishAllAsync(pubsub, request.Topic, entries, RpcTrace.Read(context.RequestHeaders), context.CancellationToken);
        return failed.Count == 0 ? new BulkPublishResponse() : throw ApiError.Publish(pubsub.Name, request.Topic, failed[0].Error);
    });

    public override Task<BulkPublishResponse> BulkPublishEventAlpha1(BulkPublishRequest request, ServerCallContext context) => BulkPublishEvent(request, context);

    public override Task<GetMetadataResponse> GetMetadata(GetMetadataRequest request, ServerCallContext context)
    {
        var settings = sidecar.Settings;
        var response = new GetMetadataResponse { Id = settings.AppId, RuntimeVersion = SidecarVersion.Text };
        response.RegisteredComponents.AddRange(sidecar.Pubsubs.Select(p => new RegisteredComponents
        {
            Name = p.Name,
            Type = p.Resource.Type,
            Version = p.Resource.Version,
        }));
        foreach (var (key, value) in sidecar.ExtendedMetadata) response.ExtendedMetadata[key] = value;
        response.ExtendedMetadata["daprRuntimeVersion"] = SidecarVersion.Text;
        response.Subscriptions.AddRange(sidecar.Subscriptions.Effective.Select(Describe));
        if (settings.AppPort > 0)
        {
            response.AppConnectionProperties = new AppConnectionProperties
            {
                Port = settings.AppPort,
                Protocol = "http",
                ChannelAddress = settings.AppAddress,
                MaxConcurrency = settings.AppMaxConcurrency,
            };
        }

        return Task.FromResult(response);
    }

    public override Task<Empty> SetMetadata(SetMetadataRequest request, ServerCallContext context)
    {
        sidecar.ExtendedMetadata[request.Key] = request.Value;
        return Task.FromResult(new Empty());
    }

    public override Task<Empty> Shutdown(ShutdownRequest request, ServerCallContext context)
    {
        context.GetHttpContext().Response.OnCompleted(() =>
        {
            sidecar.RequestStop(force: false);
            return Task.CompletedTask;
        });
        return Task.FromResult(new Empty());
    }

    private static BulkEntry ToBulkEntry(BulkPublishRequestEntry entry, Dictionary<string, string>? common, bool raw)
    {
        var metadata = Map(entry.Metadata);
        if (metadata is not null && common is not null)
        {
            foreach (var (key, value) in common) metadata[key] = value;
        }

        return new BulkEntry(entry.EntryId, new Outgoing(entry.ContentType, entry.Event.Memory, metadata, raw));
    }

    /// <summary>Converts an empty map to null, for which daprd writes no metadata field.</summary>
    private static Dictionary<string, string>? Map(IEnumerable<KeyValuePair<string, string>> pairs) => pairs.ToDictionary() is { Count: > 0 } map ? map : null;

    private static PubsubSubscription Describe(Subscription subscription)
    {
        var described = new PubsubSubscription
        {
            PubsubName = subscription.Pubsub,
            Topic = subscription.Topic,
            DeadLetterTopic = subscription.DeadLetterTopic,
            Rules = new PubsubSubscriptionRules(),
            Type = subscription.Type == SubscriptionType.Programmatic ? PubsubSubscriptionType.Programmatic : PubsubSubscriptionType.Declarative,
        };
        foreach (var (key, value) in subscription.Metadata) described.Metadata[key] = value;
        described.Rules.Rules.AddRange(subscription.Routes.Select(r => new PubsubSubscriptionRule { Match = r.Rule?.Source ?? "", Path = r.Path }));
        return described;
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ApiError e)
        {
            throw RpcErrors.From(e);
        }
    }
}
