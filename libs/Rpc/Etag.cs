using System.Globalization;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>Etags of resources: their version (AIP-154).</summary>
public static class Etag
{
    /// <summary>The etag of a version.</summary>
    public static string Of(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Refuses a given etag that is not the current one; an empty etag is not checked.</summary>
    /// <exception cref="ApiException">ETAG_MISMATCH.</exception>
    public static void Check(string given, long version)
    {
        if (given.Length > 0 && given != Of(version))
            throw CommonErrors.EtagMismatch.With(("current", Of(version)));
    }
}
