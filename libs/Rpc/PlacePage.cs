using Google.Protobuf;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>A page of a list in the order of place code and id.</summary>
/// <param name="AfterPlace">Place code of the last row before the page; empty for the first page.</param>
/// <param name="AfterId">Its id.</param>
/// <param name="Limit">Rows to read: <see cref="Paging.Limit"/>.</param>
public sealed record PlacePage(string AfterPlace, Guid AfterId, int Limit)
{
    /// <summary>The page that a request asks for.</summary>
    /// <exception cref="ApiException">PAGE_TOKEN_INVALID, or ARGUMENT_INVALID for the size.</exception>
    public static PlacePage Of(IMessage request, int pageSize) => Paging.After(request, 2) is [var place, var id]
        ? new PlacePage(place, Require.Id(id, "page_token"), Paging.Limit(pageSize))
        : new PlacePage("", Guid.Empty, Paging.Limit(pageSize));
}
