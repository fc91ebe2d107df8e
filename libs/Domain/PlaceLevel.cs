namespace Jiceng.Domain;

/// <summary>Level of a place; the value is the number of digits of its code.</summary>
public enum PlaceLevel
{
    /// <summary>Province (省级), 2 digits.</summary>
    Province = 2,

    /// <summary>City (市级), 4 digits.</summary>
    City = 4,

    /// <summary>County (县级网格), 6 digits.</summary>
    County = 6,

    /// <summary>Township (乡镇级网格), 9 digits.</summary>
    Township = 9,

    /// <summary>Village or community (村级网格), 12 digits.</summary>
    Village = 12,

    /// <summary>Micro-grid (微网格), 15 digits.</summary>
    MicroGrid = 15,
}
